export { DispatcherHarness, FakeMessageServers, RecordingObserver } from './dispatcher-harness.js';
export { mailToAccept, newId, sealedMail, type MailChanges } from './mail-to-accept.builder.js';
