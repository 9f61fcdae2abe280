import { assertArchivePassword } from './archive-password.js';

describe('an archive password', () => {
  it.each(['12345678', 'a b c d!', '~'.repeat(99), '"\\\'$(x)`'])('may be %s', (password) => {
    expect(() => assertArchivePassword(password)).not.toThrow();
  });

  it.each([
    ['too short', '1234567'],
    ['too long for 7-Zip', 'a'.repeat(100)],
    ['not ASCII', 'Schlüssel1'],
    ['with a control character', 'secret\n12'],
    ['with DEL', 'secret\u007f12'],
    ['empty', ''],
  ])('is refused when it is %s', (_, password) => {
    expect(() => assertArchivePassword(password)).toThrow(
      expect.objectContaining({ code: 'package.password-invalid' }),
    );
  });
});
