export { AcceptMails } from '../application/accept-mails/accept-mails.js';
export { AnswerOutcomes } from '../application/answer-outcomes/answer-outcomes.js';
export { ApplyGate } from '../application/apply-gate/apply-gate.js';
export { GuardRestore } from '../application/guard-restore/guard-restore.js';
export { HoldMails } from '../application/hold-mails/hold-mails.js';
export { ReconcileRestored, restoredReply } from '../application/reconcile-restored/reconcile-restored.js';
export { SetTenantMode } from '../application/set-tenant-mode/set-tenant-mode.js';
export { DecideCopies } from '../application/decide-copies/decide-copies.js';
export { DispatchMails } from '../application/dispatch-mails/dispatch-mails.js';
export { DispatchOptions } from '../application/dispatch-mails/dispatch-options.js';
export { EpochMarks } from '../application/ports/epochs.port.js';
export { DispatchObserver, NoObserver } from '../application/ports/dispatch-observer.port.js';
export {
  ConnectError,
  MailConnections,
  type Envelope,
  type MailConnection,
  type MailToTransmit,
} from '../application/ports/mail-connections.port.js';
export type { MailDecisions } from '../application/ports/mail-decisions.port.js';
export type { MailIntake, MailToAccept } from '../application/ports/mail-intake.port.js';
export type {
  Committed,
  GroupCommit,
  HeldMail,
  MailQueue,
  Recovered,
} from '../application/ports/mail-queue.port.js';
export { MessageServers, type Sender } from '../application/ports/message-servers.port.js';
export type { OutcomeStore } from '../application/ports/outcome-store.port.js';
export type { RunGate, RunGates } from '../application/ports/run-gates.port.js';
export { SealedContents, SealedMailLost } from '../application/ports/sealed-contents.port.js';
export type { ServerLimits } from '../application/ports/server-limits.port.js';
export type { TenantModes } from '../application/ports/tenant-modes.port.js';
export { PublishOutcomes } from '../application/publish-outcomes/publish-outcomes.js';
export { RecoverMails } from '../application/recover-mails/recover-mails.js';
export { EndCopies } from '../application/end-copies/end-copies.js';
export type { CopyOutcome } from '../domain/copy-outcome.js';
export type { Transmission } from '../domain/conversation.js';
export { keyOfMail, type ClaimedMail, type MailState, type SealedBytes } from '../domain/mail.js';
export { wholeInstallation } from '../domain/hold.js';
export type { ServerSettings } from '../domain/server-settings.js';
export { InMemoryEpochs } from './in-memory-epochs.js';
export { InMemoryHolds } from './in-memory-holds.js';
export {
  InMemoryLedger,
  InMemoryMailDecisions,
  InMemoryMailIntake,
  InMemoryMailQueue,
  InMemoryOutcomeStore,
  InMemoryRestoredMails,
  InMemoryRunGates,
  InMemoryTenantModes,
  type LedgerBackup,
} from './in-memory-ledger.js';
export { InMemoryServerLimits } from './in-memory-server-limits.js';
