export { Collected, eventually, Gate } from './collected.js';
export { RecordingBus } from './recording-bus.js';
export {
  ScheduledBus,
  type RecordHandler,
  type ScheduledBusOptions,
  type ScheduledRecord,
} from './scheduled-bus.js';
export {
  deadLetterFor,
  describeDeadLetterBox,
  type DeadLetterBoxHarness,
} from './dead-letter-box.behaviour.js';
