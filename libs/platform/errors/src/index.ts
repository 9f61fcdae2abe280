export { Outage, Refusal, errorMessage, isOutage, type FieldError, type RefusalKind } from './errors.js';
