import { Injectable } from '@nestjs/common';
import { makeDocuments, type MakeDocuments } from '@mailrun/contracts';
import { MessageBus, outgoing } from '@mailrun/platform-messaging';
import type { Transaction } from '@mailrun/platform-persistence';
import { makesDocuments } from '../../domain/runs/preparation.js';
import { PreparationStore, type Preparation } from '../ports/preparation-store.port.js';
import { RunStore } from '../ports/run-store.port.js';
import { WorkIndex } from '../ports/work-index.port.js';
import { WorkSignals } from '../work-signals.js';

/** Chunks that one process judges at the same time: PostgreSQL works at one statement with one core. */
const judgedAtOnce = 2;
/** Documents that the renderer is asked for at a time. */
const mostUnanswered = 500;

/** `again`: there is more to do at once. `wait`: for the renderer, or for another worker that has it. */
export type Advance = 'again' | 'wait' | 'done';

interface Piece {
  /** `judge`: there are chunks to judge, by several workers at once and so outside of this transaction. */
  readonly advance: Advance | 'judge';
  readonly orders?: readonly MakeDocuments[];
}

/**
 * Does the next piece of a preparation: a chunk, or a window of documents to make. Every piece is one transaction with
 * its checkpoint, so a preparation goes on wherever it was killed.
 */
@Injectable()
export class AdvancePreparation {
  constructor(
    private readonly preparations: PreparationStore,
    private readonly runs: RunStore,
    private readonly work: WorkIndex,
    private readonly bus: MessageBus,
    private readonly signals: WorkSignals,
  ) {}

  async advance(run: { readonly runId: string; readonly tenantId: string }): Promise<Advance> {
    let preparation: Preparation | undefined;
    const piece = await this.preparations.withPiece<Piece>(run, (tx, locked) => {
      preparation = locked;
      return this.nextPiece(tx, locked);
    });
    if (piece === 'busy') return 'wait';
    if (piece === 'gone' || preparation === undefined) return 'done';
    if (piece.advance === 'judge') return this.judge(run);
    await this.ask(preparation, piece.orders ?? []);
    if (piece.advance === 'done') this.signals.raise('event');
    return piece.advance;
  }

  /** Judges chunks until there are none left. @returns `wait` when others are at the last ones */
  private async judge(run: { readonly runId: string; readonly tenantId: string }): Promise<Advance> {
    let judged = 0;
    const worker = async (): Promise<void> => {
      const work = async (tx: Transaction, preparation: Preparation, chunk: number) => {
        await this.preparations.judge(tx, preparation, chunk);
      };
      while ((await this.preparations.withChunk(run, work)) === 'done') judged += 1;
    };
    const ends = await Promise.allSettled(Array.from({ length: judgedAtOnce }, worker));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return judged > 0 ? 'again' : 'wait';
  }

  private async nextPiece(tx: Transaction, preparation: Preparation): Promise<Piece> {
    const chunk = preparation.checkpoint + 1;
    switch (preparation.step) {
      case 'clear': {
        const hasMore =
          preparation.replaces !== null && (await this.preparations.clear(tx, preparation.replaces));
        if (!hasMore) await this.preparations.moveTo(tx, preparation, 'select');
        return { advance: 'again' };
      }
      case 'select': {
        await this.preparations.select(tx, preparation);
        const next = makesDocuments(preparation.definition) ? 'documents' : 'judge';
        await this.preparations.moveTo(tx, preparation, next);
        return { advance: 'again' };
      }
      case 'documents': {
        if (chunk <= preparation.chunks) {
          await this.preparations.orderDocuments(tx, preparation, chunk);
          await this.preparations.checkpoint(tx, preparation, chunk);
          return { advance: 'again' };
        }
        const { orders, unanswered } = await this.preparations.takeOrders(tx, preparation, mostUnanswered);
        if (unanswered > 0) return { advance: 'wait', orders };
        await this.preparations.moveTo(tx, preparation, 'judge');
        return { advance: 'again' };
      }
      case 'judge': {
        if ((await this.preparations.unjudged(tx, preparation)) > 0) return { advance: 'judge' };
        await this.finish(tx, preparation);
        return { advance: 'done' };
      }
      case 'done':
        return { advance: 'done' };
    }
  }

  private async finish(tx: Transaction, preparation: Preparation): Promise<void> {
    const { runId, tenantId } = preparation;
    await this.preparations.finish(tx, preparation);
    await this.runs.change(tx, runId, { state: 'prepared', preparedAt: 'now' });
    await this.work.remove(tx, 'prepare', runId);
    await this.work.add(tx, 'event', { runId, tenantId });
  }

  /** After the commit: killed in between, they are asked for again. */
  private async ask(preparation: Preparation, orders: readonly MakeDocuments[]): Promise<void> {
    if (orders.length === 0) return;
    const { tenantId, runId, mode } = preparation;
    await this.bus.publish(orders.map((order) => outgoing(makeDocuments, { tenantId, runId, mode }, order)));
  }
}
