import { describeBlobStore } from '../blob-store.behaviour.js';
import { MemoryBlobStore } from './memory-blob-store.js';

describeBlobStore('MemoryBlobStore', async () => {
  const store = new MemoryBlobStore();
  return {
    store,
    damage: async (key, bytes) => store.damage(key, bytes),
    takeAway: async () => void (store.unreachable = true),
    bringBack: async () => void (store.unreachable = false),
    close: () => store.close(),
  };
});
