export { FaultySmtpServer, type FaultySmtpServerOptions } from './faulty-smtp-server.js';
export {
  smtpStages,
  type SmtpFault,
  type SmtpFaultPlan,
  type SmtpMoment,
  type SmtpStage,
} from './smtp-fault.js';
export { SmtpLedger, type ReceivedMail } from './smtp-ledger.js';
export { SmtpSink, hasSmtpSink, type SmtpSinkOptions } from './smtp-sink.js';
export { expiredCertificate, localhostCertificate } from './test-certificates.js';
