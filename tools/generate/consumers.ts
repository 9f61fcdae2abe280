import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as contracts from '@mailrun/contracts';

const services = resolve(import.meta.dirname, '../../libs/services');

/** Which services consume which message type, by its name: read from their bus handlers. */
export function consumersByType(): ReadonlyMap<string, readonly string[]> {
  const consumers = new Map<string, string[]>();
  for (const service of readdirSync(services).sort()) {
    for (const name of consumedBy(join(services, service, 'src/inbound'))) {
      consumers.set(name, [...(consumers.get(name) ?? []), service]);
    }
  }
  return consumers;
}

function consumedBy(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.handler.ts'))
    .sort()
    .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/@ConsumesBatch\((\w+)/g)])
    .map((match) => typeOf(match[1]!).name);
}

function typeOf(identifier: string): contracts.MessageType {
  const found = contracts.messageTypes.find(
    (type) => type === (contracts as Readonly<Record<string, unknown>>)[identifier],
  );
  if (found === undefined) throw new Error(`@ConsumesBatch(${identifier}) names no message type.`);
  return found as contracts.MessageType;
}
