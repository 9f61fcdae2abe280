import { execFileSync } from 'node:child_process';
import { describeWithTools } from '../tools/require-tool.js';
import { findTool } from '../tools/tool-list.js';

/** `describe` for a suite that needs a broker: a given one, the jars, or a container engine. Left out like {@link describeWithTools}. */
export function describeWithKafka(title: string, suite: () => void): void {
  const isGiven = (process.env['KAFKA_BROKERS'] ?? '') !== '';
  if (isGiven || (findTool('kafka') === undefined && engineAnswers())) describe(title, suite);
  else describeWithTools(['kafka'], title, suite);
}

function engineAnswers(): boolean {
  try {
    execFileSync('docker', ['version'], { stdio: 'ignore', timeout: 5000 });
    return true;
  } catch {
    return false; // no engine, or none that answers
  }
}
