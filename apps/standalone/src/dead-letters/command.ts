import { readSettings } from '@mailrun/platform-config';
import type { MessagingLog } from '@mailrun/platform-messaging';
import { busSettings, installationSettings } from '@mailrun/platform-runtime';
import { assertInstalled } from '../assert-installed.js';
import { DataFolder } from '../data-folder.js';
import { joinEnvironment, type Environment } from '../environment.js';
import { readAllSettings } from '../settings.js';
import { openTableBox, openTopicsBox, type OpenedBox } from './open-box.js';
import { printable } from './printable.js';
import { deadLettersHelp, parseDeadLetters, UsageError } from './request.js';
import { runDeadLetters, type Terminal } from './run-dead-letters.js';

/** What follows `mailrun dead-letters`. @returns the exit code: 2 where the line is no command */
export async function deadLettersCommand(
  args: readonly string[],
  environment: Environment,
  terminal: Terminal,
): Promise<number> {
  if (args[0] === 'help' || args.includes('--help')) {
    terminal.out(deadLettersHelp);
    return 0;
  }
  try {
    const request = parseDeadLetters(args);
    const opened = await openBox(request.data, environment, terminal);
    try {
      return await runDeadLetters(request, opened.box, terminal);
    } finally {
      await opened.close();
    }
  } catch (error) {
    terminal.note((error as Error).message);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** By the shape: on Kafka neither database nor secrets are needed. */
async function openBox(data: string, environment: Environment, terminal: Terminal): Promise<OpenedBox> {
  if ((environment['KAFKA_BROKERS'] ?? '') !== '') {
    const areas = { installation: installationSettings, bus: busSettings };
    return openTopicsBox(readSettings(environment, areas), warningsTo(terminal));
  }
  const joined = await joinEnvironment(DataFolder.beside(data), environment);
  try {
    const settings = readAllSettings(joined.environment);
    await assertInstalled(settings);
    const { box, close } = await openTableBox(settings);
    return {
      box,
      close: async () => {
        await close();
        await joined.close();
      },
    };
  } catch (error) {
    await joined.close();
    throw error;
  }
}

/** Ours only: what kafkajs says while it tries again is summed up by the error that it ends with. */
const warningsTo =
  (terminal: Terminal): MessagingLog =>
  ({ level, message, error }) => {
    if ((level !== 'error' && level !== 'warn') || message.startsWith('kafkajs ')) return;
    const why = error instanceof Error ? `: ${error.message}` : '';
    terminal.note(printable(`${message}${why}`));
  };
