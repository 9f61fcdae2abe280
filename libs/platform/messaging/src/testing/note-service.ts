import { Controller, Module, type INestMicroservice, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { BusMessage } from '@mailrun/contracts';
import type { BatchContext, DeadRecord } from '../consume/batch-context.js';
import type { BatchServer } from '../consume/batch-server.js';
import { ConsumesBatch, OnDeadLetter } from '../consume/consumes-batch.decorator.js';
import type { BatchLimits } from '../consume/limits.js';
import type { MessagingHealth } from '../port/health.js';
import { note, type Note } from './note.js';

export interface NoteHandlers {
  handle(batch: readonly BusMessage<Note>[], context: BatchContext): Promise<void>;
  onDeadLetter?(dead: readonly DeadRecord<Note>[]): Promise<void>;
  readonly limits?: Partial<BatchLimits>;
}

export interface RunningService {
  health(): MessagingHealth;
  close(): Promise<void>;
}

function controllerOf({ handle, onDeadLetter, limits }: NoteHandlers): Type {
  @Controller()
  class NoteController {
    @ConsumesBatch(note, limits)
    async take(batch: readonly BusMessage<Note>[], context: BatchContext): Promise<void> {
      await handle(batch, context);
    }

    @OnDeadLetter(note)
    async bury(dead: readonly DeadRecord<Note>[]): Promise<void> {
      await onDeadLetter?.(dead);
    }
  }
  return NoteController;
}

/** Starts a Nest microservice that consumes notes over the given transport. */
export async function startNoteService(
  transport: BatchServer,
  handlers: NoteHandlers,
): Promise<RunningService> {
  @Module({ controllers: [controllerOf(handlers)] })
  class NoteModule {}

  const app: INestMicroservice = await NestFactory.createMicroservice(NoteModule, {
    strategy: transport,
    logger: ['error', 'fatal'],
  });
  await app.listen();
  return { health: () => transport.health(), close: () => app.close() };
}
