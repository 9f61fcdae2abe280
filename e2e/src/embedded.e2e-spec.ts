import { describeWithTools } from '@mailrun/testing';
import { everyShape } from './scenarios/every-shape.js';
import { withSystem } from './scenarios/with-system.js';
import { EmbeddedSystem } from './system/embedded-system.js';

describeWithTools(['7zz'], 'The whole system in one process', () => {
  const system = withSystem(() => EmbeddedSystem.start());
  everyShape(system, EmbeddedSystem.processes);
});
