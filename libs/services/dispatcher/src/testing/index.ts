export { DispatcherHarness, FakeMessageServers, RecordingObserver } from './dispatcher-harness.js';
export { mailToAccept, newId, sealedMail, type MailChanges } from './mail-to-accept.builder.js';
export {
  measureTransmit,
  type Measured,
  type TransmitOptions,
  type TransmitResult,
} from './measure-transmit.js';
