import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Place } from '../frame/place.js';

/** Starts a program of this folder beside us; it ends when we do. */
export function startChild(program: string, args: readonly string[], place: Place): ChildProcess {
  const child = fork(new URL(program, import.meta.url), args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  place.atEnd(() => endChild(child));
  return child;
}

/** The next thing that it tells. @throws Error when it ends before */
export async function told<Message>(child: ChildProcess): Promise<Message> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${child.spawnfile} ended with code ${String(code)}.`);
  });
  ended.catch(() => undefined); // its normal end, later
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [Message];
  return message;
}

/** Resolves when it has ended. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  if (child.connected) child.disconnect();
  await ended;
}
