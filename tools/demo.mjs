import { build } from './build.mjs';

build();
await import('../apps/standalone/dist/demo.js');
