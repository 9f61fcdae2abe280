import { randomBytes } from 'node:crypto';
import { readSettings } from '@mailrun/platform-config';
import { SecretBox } from './secret-box.js';
import { secretsSettings } from './secrets-settings.js';

const read = (keys: string) =>
  readSettings({ MAILRUN_SECRETS_KEYS: keys }, { secrets: secretsSettings }).secrets;

describe('secretsSettings', () => {
  it('reads the key ring', () => {
    const box = new SecretBox(read(`a:${randomBytes(32).toString('base64')}`).keys);
    expect(box.seal('x', 'owner').keyId).toBe('a');
  });

  it('names the faulty setting and not its value', () => {
    expect(() => read('a:c2hvcnQ=')).toThrow('MAILRUN_SECRETS_KEYS: Key 1: it has 5 bytes');
    expect(() => read('a:c2hvcnQ=')).not.toThrow('c2hvcnQ');
  });
});
