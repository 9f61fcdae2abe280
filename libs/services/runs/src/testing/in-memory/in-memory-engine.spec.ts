import { engineStoresBehaviour } from '../../application/ports/engine-stores.behaviour.js';
import { InMemoryEngine } from './in-memory-engine.js';

engineStoresBehaviour('in memory', async () => new InMemoryEngine());
