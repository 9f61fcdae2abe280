import { archives } from './benchmarks/archives.js';
import { backlog } from './benchmarks/backlog.js';
import { compose } from './benchmarks/compose.js';
import { memory } from './benchmarks/memory.js';
import { prepare } from './benchmarks/prepare.js';
import { render } from './benchmarks/render.js';
import { scaleOut } from './benchmarks/scale-out.js';
import { transmit } from './benchmarks/transmit.js';
import { runEncrypted, runEncryptedKafka, runPlain, runPlainKafka } from './benchmarks/whole-run.js';
import type { Benchmark } from './frame/benchmark.js';

/** In the order of `npm run bench`: short ones first. */
export const benchmarks: readonly Benchmark[] = [
  compose,
  archives,
  render,
  transmit,
  scaleOut,
  runPlain,
  runEncrypted,
  runPlainKafka,
  runEncryptedKafka,
  prepare,
  memory,
  backlog,
];
