import { oneLine } from './one-line.js';

describe('oneLine', () => {
  it('makes one line of many', () => {
    expect(oneLine(' Invoice\r\n  INV-1\tof\u2028May ')).toBe('Invoice INV-1 of May');
  });

  it('removes control characters and what disguises a name', () => {
    expect(oneLine('a\u0000b\u007fc\u0085d\u009fe')).toBe('abc de');
    expect(oneLine('invoice\u202efdp.exe')).toBe('invoicefdp.exe');
    expect(oneLine('x\ud800y')).toBe('x\ufffdy');
  });

  it('leaves every alphabet as it is', () => {
    expect(oneLine('請求書 Счёт Τιμολόγιο فاتورة 🧾')).toBe('請求書 Счёт Τιμολόγιο فاتورة 🧾');
  });
});
