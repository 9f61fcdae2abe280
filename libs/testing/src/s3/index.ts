export { S3Server } from './s3-server.js';
export { FaultyStore, type StoreFault, type StoreFaultPlan, type StoreRequest } from './faulty-store.js';
