import { describeWithTools } from '@mailrun/testing';
import { badInput } from './bad-input/bad-input.js';
import { everyShape } from './scenarios/every-shape.js';
import { withSystem } from './scenarios/with-system.js';
import { EmbeddedSystem } from './system/embedded-system.js';

describeWithTools(['7zz'], 'The whole system in one process', () => {
  const system = withSystem(() => EmbeddedSystem.start());
  badInput(system);
  everyShape(system, EmbeddedSystem.processes);
});
