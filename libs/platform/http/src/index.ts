export { CallAuthenticator, type Call, type CallContext, type Caller, type HttpAnswer } from './call.js';
export { decodeCursor, encodeCursor, pageOfRows } from './cursor.js';
export { createHttpApp, type HttpAppOptions } from './http-app.js';
export { InternalTokenAuthenticator, InternalTokens } from './internal-token.js';
export { ProblemFilter, statusOf } from './problem.filter.js';
export { RouteClient, pathOf, type CallInput, type ServiceDirectory } from './route-client.js';
export { Serves } from './serves.decorator.js';
export { fieldErrors, validated } from './validate.js';
export { checkIfMatch, checkReadOnly } from './versions.js';
