export { MemoryBlobStore } from './memory-blob-store.js';
