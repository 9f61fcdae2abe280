import { requiredPassword } from './protection.js';

const mail = { passwordKey: 'invoices', zip: true, attachmentCount: 1, password: 'correct horse' };
const refused = (code: string) => expect.objectContaining({ code }) as Error;

describe('the protection of attachments', () => {
  it('is the password, or none where none is asked for', () => {
    expect(requiredPassword(mail)).toBe('correct horse');
    expect(requiredPassword({ zip: true, attachmentCount: 1 })).toBeUndefined();
    expect(requiredPassword({ zip: false, attachmentCount: 0 })).toBeUndefined();
  });

  it('is never left out when the definition names a password key', () => {
    expect(() => requiredPassword({ ...mail, password: undefined })).toThrow(
      refused('package.password-missing'),
    );
    expect(() => requiredPassword({ ...mail, password: '' })).toThrow(refused('package.password-invalid'));
    expect(() => requiredPassword({ ...mail, password: 'short' })).toThrow(
      refused('package.password-invalid'),
    );
    expect(() => requiredPassword({ ...mail, zip: false })).toThrow(refused('package.zip-off'));
    expect(() => requiredPassword({ ...mail, attachmentCount: 0 })).toThrow(
      refused('package.nothing-to-protect'),
    );
  });

  it('is never left out when a password came, though no key is named', () => {
    expect(requiredPassword({ ...mail, passwordKey: undefined })).toBe('correct horse');
    expect(() => requiredPassword({ ...mail, passwordKey: undefined, zip: false })).toThrow(
      refused('package.zip-off'),
    );
  });
});
