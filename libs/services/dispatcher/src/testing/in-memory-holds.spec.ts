import { holdsBehaviour } from '../application/ports/holds.behaviour.js';
import { InMemoryEpochs } from './in-memory-epochs.js';
import { InMemoryHolds } from './in-memory-holds.js';

holdsBehaviour('in memory', () => ({ holds: new InMemoryHolds(), epochs: new InMemoryEpochs() }));
