import { Injectable } from '@nestjs/common';
import { prepareMessageRun } from '@mailrun/contracts';
import { BlobStore } from '@mailrun/platform-blobs';
import {
  Database,
  performAct,
  recordAudit,
  type ActContext,
  type Answer,
} from '@mailrun/platform-persistence';
import { preparedDefinition } from '../../domain/runs/preparation.js';
import { checkBcc, mayPrepare } from '../../domain/runs/run-conditions.js';
import { notInState, runNotFound } from '../../domain/runs/run-refusals.js';
import { PreparationStore } from '../ports/preparation-store.port.js';
import { PublishedDefinitions } from '../ports/published-definitions.port.js';
import { RunReads } from '../ports/run-reads.port.js';
import { RunStore } from '../ports/run-store.port.js';
import { TenantSettingsReader } from '../ports/tenant-settings-reader.port.js';
import { WorkIndex } from '../ports/work-index.port.js';
import { WorkSignals } from '../work-signals.js';
import { keepPins, makePins } from './make-pins.js';

/** Pins everything that shapes the mails of a run and lets its preparation begin. */
@Injectable()
export class PrepareRun {
  constructor(
    private readonly database: Database,
    private readonly runs: RunStore,
    private readonly preparations: PreparationStore,
    private readonly reads: RunReads,
    private readonly definitions: PublishedDefinitions,
    private readonly settings: TenantSettingsReader,
    private readonly blobs: BlobStore,
    private readonly work: WorkIndex,
    private readonly signals: WorkSignals,
  ) {}

  async prepare(context: ActContext, id: string, note: string | undefined): Promise<Answer> {
    const { tenantId } = context;
    const found = await this.database.inTenant(tenantId, (tx) => this.runs.find(tx, id));
    if (found === undefined) throw runNotFound();
    // Asked outside of the transaction: other services may be slow.
    const [{ definition, maxSizeBytes }, settings] = await Promise.all([
      this.definitions.read(tenantId, found.definitionKey),
      this.settings.read(tenantId),
    ]);
    checkBcc(found.bcc, settings);
    const pins = await keepPins(this.blobs, tenantId, makePins(found, definition, settings));
    const answer = await performAct(
      this.database,
      context,
      prepareMessageRun.id,
      { id, note },
      async (tx) => {
        const run = await this.runs.lock(tx, id);
        if (run === undefined) throw runNotFound();
        if (!mayPrepare.includes(run.state)) throw notInState('prepared', run.state, mayPrepare);
        const preparationId = await this.preparations.insert(tx, run, {
          mode: settings.mode,
          definition: preparedDefinition(definition),
          pins,
          messagesPerMinute: definition.messagesPerMinute,
          maxSizeBytes,
        });
        await this.runs.change(tx, id, {
          state: 'preparing',
          why: null,
          mode: settings.mode,
          inDoubtPolicy: definition.inDoubtPolicy,
          preparationId,
          preparedAt: null,
        });
        await this.work.add(tx, 'prepare', { runId: id, tenantId });
        await this.work.add(tx, 'event', { runId: id, tenantId });
        await recordAudit(tx, context, {
          action: 'message-run.preparation-requested',
          subject: `message-run/${id}`,
          after: { preparationId, note: note ?? null },
        });
        return { status: 202, body: await this.reads.view(tx, id) };
      },
    );
    this.signals.raise('prepare');
    this.signals.raise('event');
    return answer;
  }
}
