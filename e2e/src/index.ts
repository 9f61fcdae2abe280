export { ApiClient } from './client/api-client.js';
export { ApiProblem } from './client/api-problem.js';
export { BillingCompany, type BillingData } from './company/billing-company.js';
export { Mailing } from './company/mailing.js';
export { checkInvariants, type Witnesses } from './invariants/check-invariants.js';
export type { Evidence } from './invariants/evidence.js';
export { EmbeddedSystem } from './system/embedded-system.js';
export { KafkaSystem } from './system/kafka-system.js';
export type { System } from './system/system.js';
