import { addressIdentity, recipientAddress, transportAddress } from './addresses.js';

const transport = (address: string) => transportAddress(address, 'The address');

describe('the transport form of an address', () => {
  it.each([
    ['leonie@example.com', 'leonie@example.com'],
    ['Leonie.Köhler'.replace('ö', 'oe') + '@BÜCHER.example', 'Leonie.Koehler@xn--bcher-kva.example'],
    ['a@münchen.de', 'a@xn--mnchen-3ya.de'],
    ['a@例え.jp', 'a@xn--r8jz45g.jp'],
    ['a@ＥＸＡＭＰＬＥ.com', 'a@example.com'],
    ['a@bu\u0308cher.example', 'a@xn--bcher-kva.example'],
  ])('of %s is %s', (address, expected) => {
    expect(transport(address)).toBe(expected);
  });

  it('keeps letters of any alphabet before the @ of a recipient, composed (NFC)', () => {
    expect(recipientAddress('jo\u0308rg@BÜCHER.example', 'It')).toBe('jörg@xn--bcher-kva.example');
    expect(() => recipientAddress('a\u202eb@example.com', 'It')).toThrow(
      expect.objectContaining({ code: 'package.address-invalid' }),
    );
  });

  it('of a sender does not exist for letters outside ASCII before the @', () => {
    expect(() => transport('jörg@example.com')).toThrow(
      expect.objectContaining({ code: 'package.address-needs-smtputf8' }),
    );
  });

  it.each(['a@１２７.１', 'a@ex％41mple.com', 'a@xn--ü.com', `a@${'ü'.repeat(300)}.com`])(
    'does not exist for the domain of %s',
    (address) => {
      expect(() => transport(address)).toThrow(expect.objectContaining({ code: 'package.address-invalid' }));
    },
  );
});

it('addresses are the same when only the case of their domain differs', () => {
  expect(addressIdentity('A@Example.COM')).toBe(addressIdentity('A@example.com'));
  expect(addressIdentity('A@example.com')).not.toBe(addressIdentity('a@example.com'));
});
