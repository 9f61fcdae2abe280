import { addressMail } from './recipients.js';

const recipients = [
  { kind: 'cc' as const, address: 'cfo@abc.example' },
  { kind: 'to' as const, address: 'leonie@abc.example', name: 'Leonie Köhler' },
];
const bcc = [{ address: 'archive@billing.example', name: 'Archive' }];

describe('the recipients of a live mail', () => {
  it('are in the envelope, and all but bcc in the header', () => {
    expect(addressMail({ recipients, bcc, mode: 'live', testAddress: 'test@billing.example' })).toEqual({
      to: [recipients[1]],
      cc: [recipients[0]],
      envelope: [
        { kind: 'to', address: 'leonie@abc.example' },
        { kind: 'cc', address: 'cfo@abc.example' },
        { kind: 'bcc', address: 'archive@billing.example' },
      ],
    });
  });

  it('get the mail once, as the first of to, cc and bcc', () => {
    const twice = addressMail({
      recipients: [
        { kind: 'bcc', address: 'a@X.example' },
        { kind: 'cc', address: 'a@x.EXAMPLE' },
        { kind: 'to', address: 'a@x.example' },
        { kind: 'to', address: 'A@x.example' },
      ],
      bcc: [{ address: 'a@x.example' }],
      mode: 'live',
    });
    expect(twice.envelope).toEqual([
      { kind: 'to', address: 'a@x.example' },
      { kind: 'to', address: 'A@x.example' },
    ]);
    expect(twice.cc).toEqual([]);
  });

  it('include one of kind to', () => {
    expect(() => addressMail({ recipients: [recipients[0]!], bcc, mode: 'live' })).toThrow(
      expect.objectContaining({ code: 'package.recipient-missing' }),
    );
  });
});

describe('the recipients of a test mail', () => {
  it('are the test address alone, and the header shows the original ones', () => {
    expect(addressMail({ recipients, bcc, mode: 'test', testAddress: 'test@billing.example' })).toEqual({
      to: [{ address: 'test@billing.example' }],
      cc: [],
      envelope: [{ kind: 'to', address: 'test@billing.example' }],
      originalRecipients: 'to: leonie@abc.example, cc: cfo@abc.example, bcc: archive@billing.example',
    });
  });

  it('do not exist without a test address', () => {
    expect(() => addressMail({ recipients, bcc, mode: 'test' })).toThrow(
      expect.objectContaining({ code: 'package.test-address-missing' }),
    );
  });

  it('show what a live mail would have been refused for', () => {
    const input = { recipients: [{ kind: 'to' as const, address: 'jörg@１２７.１' }], bcc: [] };
    expect(() => addressMail({ ...input, mode: 'test', testAddress: 'test@billing.example' })).toThrow(
      expect.objectContaining({ code: 'package.address-invalid' }),
    );
  });
});
