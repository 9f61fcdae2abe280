import type { DeadLetterBox } from '@mailrun/platform-messaging';
import { adviceFor } from './advice.js';
import { letterJson, letterLines, pageLines, replayLines } from './print.js';
import { printable, printableJson } from './printable.js';
import type { DeadLettersRequest } from './request.js';

/** Where a command writes: what was asked for, and what happens meanwhile. */
export interface Terminal {
  out(line: string): void;
  note(line: string): void;
}

/** Does what was asked for. @returns the exit code: 1 when there is no such letter, or not all could be replayed */
export async function runDeadLetters(
  request: DeadLettersRequest,
  box: DeadLetterBox,
  terminal: Terminal,
): Promise<number> {
  const answer = (json: unknown, lines: readonly string[]) => {
    if (request.isJson) terminal.out(printableJson(json));
    else for (const line of lines) terminal.out(line);
  };
  const none = (id: string) => {
    terminal.note(`There is no open dead letter ${printable(id)}.`);
    return 1;
  };
  switch (request.kind) {
    case 'list': {
      const page = await box.list(request);
      answer({ items: page.items.map(letterJson), next: page.next ?? null }, pageLines(page));
      return 0;
    }
    case 'show': {
      const found = await box.find(request.id);
      if (found === undefined) return none(request.id);
      const { value, ...letter } = found;
      const body = request.withContent ? value : undefined;
      const json = {
        ...letterJson(letter),
        advice: adviceFor(letter.topic),
        ...(body !== undefined && { body }),
      };
      answer(json, letterLines(letter, body));
      return 0;
    }
    case 'replay': {
      const { choice } = request;
      const result = await box.replay(choice, progress(terminal));
      const { replayed, waiting, tooOld } = result;
      if ('id' in choice && replayed + waiting + tooOld === 0) return none(choice.id);
      answer(result, replayLines(result));
      return tooOld > 0 ? 1 : 0;
    }
    case 'drop': {
      const { choice } = request;
      const dropped = await box.drop(choice);
      if ('id' in choice && dropped === 0) return none(choice.id);
      answer({ dropped }, [`Dropped ${dropped}.`]);
      return 0;
    }
  }
}

/** A line for each second of work, at most. */
function progress(terminal: Terminal): (replayed: number) => void {
  let saidAt = Date.now();
  return (replayed) => {
    if (Date.now() - saidAt < 1000) return;
    saidAt = Date.now();
    terminal.note(`Replayed ${replayed} …`);
  };
}
