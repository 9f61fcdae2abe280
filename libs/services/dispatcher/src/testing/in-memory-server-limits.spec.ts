import { serverLimitsBehaviour } from '../application/ports/server-limits.behaviour.js';
import { InMemoryServerLimits } from './in-memory-server-limits.js';

serverLimitsBehaviour('in memory', () => new InMemoryServerLimits());
