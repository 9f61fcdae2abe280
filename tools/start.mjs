import { build } from './build.mjs';

build();
await import('../apps/standalone/dist/main.js');
