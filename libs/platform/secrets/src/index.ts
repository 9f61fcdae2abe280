export { hashToken, newApiKey, parseApiKey, randomToken, tokenMatches } from './api-key.js';
export type { ApiKeyParts, NewApiKey } from './api-key.js';
export { KeyRing } from './key-ring.js';
export { SecretBox, secretOwner } from './secret-box.js';
export { SecretError, type SecretErrorCode } from './secret-error.js';
export { secretsSettings, type SecretsSettings } from './secrets-settings.js';
