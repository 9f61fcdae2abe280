import { hashToken, newApiKey, parseApiKey, randomToken, tokenMatches } from './api-key.js';

const id = '0199b3a0-7c1e-7d21-8f0a-3b5c6d7e8f90';

describe('API keys', () => {
  it('are made, shown once, taken apart and checked', () => {
    const made = newApiKey(id);
    expect(made.text).toMatch(/^mr_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$/);
    const parts = parseApiKey(made.text);
    expect(parts?.id).toBe(id);
    expect(tokenMatches(parts!.secret, made.secretHash)).toBe(true);
    expect(made.secretHash).not.toContain(parts!.secret);
  });

  it('match no other secret and no broken hash', () => {
    const made = newApiKey(id);
    expect(tokenMatches(randomToken(), made.secretHash)).toBe(false);
    expect(tokenMatches('', made.secretHash)).toBe(false);
    expect(tokenMatches(parseApiKey(made.text)!.secret, '')).toBe(false);
  });

  it.each([
    '',
    'mr_',
    'mr_x_y',
    `mr_${id}_${randomToken()}`,
    `${newApiKey(id).text}x`,
    ` ${newApiKey(id).text}`,
  ])('takes %j for none', (text) => {
    expect(parseApiKey(text)).toBeUndefined();
  });

  it('have 256 random bits', () => {
    expect(Buffer.from(randomToken(), 'base64url')).toHaveLength(32);
    expect(randomToken()).not.toBe(randomToken());
    expect(hashToken('x')).toBe('2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881');
  });
});
