import { Injectable } from '@nestjs/common';
import { createMessageRun } from '@mailrun/contracts';
import { Refusal, type FieldError } from '@mailrun/platform-errors';
import {
  Database,
  performAct,
  recordAudit,
  type ActContext,
  type Answer,
} from '@mailrun/platform-persistence';
import { checkBcc } from '../../domain/runs/run-conditions.js';
import type { NewRun } from '../../domain/runs/run.js';
import { PublishedDefinitions } from '../ports/published-definitions.port.js';
import { RunReads } from '../ports/run-reads.port.js';
import { RunStore, type UnknownNames } from '../ports/run-store.port.js';
import { TenantSettingsReader } from '../ports/tenant-settings-reader.port.js';

/** A new run, as a draft. */
@Injectable()
export class CreateRun {
  constructor(
    private readonly database: Database,
    private readonly runs: RunStore,
    private readonly reads: RunReads,
    private readonly definitions: PublishedDefinitions,
    private readonly settings: TenantSettingsReader,
  ) {}

  /** @throws Refusal when what it names is not there, or by a rule */
  async create(context: ActContext, run: NewRun): Promise<Answer> {
    if (run.sendAgain && 'clusterCode' in run.selection) {
      throw new Refusal(
        'rule',
        'runs.send-again-needs-list',
        'Sending again is possible for an explicit list of invoices only.',
        { errors: [{ pointer: '/sendAgain', code: 'needs-list', detail: 'Give selection.invoiceCodes.' }] },
      );
    }
    if (run.bcc.length > 0) checkBcc(run.bcc, await this.settings.read(context.tenantId));
    await this.definitions.read(context.tenantId, run.definitionKey);
    return performAct(this.database, context, createMessageRun.id, run, async (tx) => {
      refuseUnknown(await this.runs.findUnknown(tx, context.tenantId, run.selection));
      const id = await this.runs.insert(tx, context.tenantId, run);
      await recordAudit(tx, context, {
        action: 'message-run.created',
        subject: `message-run/${id}`,
        after: run,
      });
      const body = await this.reads.view(tx, id);
      return { status: 201, headers: { location: `/v1/message-runs/${id}` }, body };
    });
  }
}

/** So many unknown codes are listed. */
const mostListed = 20;

function refuseUnknown({ cluster, invoiceCodes }: UnknownNames): void {
  const errors: FieldError[] = cluster
    ? [{ pointer: '/selection/clusterCode', code: 'unknown', detail: 'There is no such cluster.' }]
    : invoiceCodes.slice(0, mostListed).map((code) => ({
        pointer: '/selection/invoiceCodes',
        code: 'unknown',
        detail: `There is no invoice ${code}.`,
      }));
  if (errors.length === 0) return;
  throw new Refusal(
    'rule',
    'runs.unknown-selection',
    cluster
      ? 'There is no such cluster. Check its code.'
      : `${invoiceCodes.length} of the invoices are not known. Check their codes.`,
    { errors },
  );
}
