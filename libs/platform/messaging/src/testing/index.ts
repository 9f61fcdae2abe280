export { Collected, eventually, Gate } from './collected.js';
export { RecordingBus } from './recording-bus.js';
