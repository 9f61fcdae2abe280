import { Controller } from '@nestjs/common';
import {
  createMessageRun,
  decideMessageRun,
  getDryRun,
  getMessageRun,
  listMessageRuns,
  pauseMessageRun,
  prepareMessageRun,
  resumeMessageRun,
  retryFailedOfMessageRun,
  sendRestOfMessageRun,
  startMessageRun,
  stopMessageRun,
} from '@mailrun/contracts';
import { Serves, decodeCursor, pageOfRows, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { CreateRun } from '../../application/create-run/create-run.use-case.js';
import { DecideMessages } from '../../application/decide-messages/decide-messages.use-case.js';
import { PauseRun } from '../../application/pause-run/pause-run.use-case.js';
import { PrepareRun } from '../../application/prepare-run/prepare-run.use-case.js';
import { ReadRuns } from '../../application/read-runs/read-runs.use-case.js';
import { RetryMessages } from '../../application/next-copies/retry-messages.use-case.js';
import { ResumeRun } from '../../application/resume-run/resume-run.use-case.js';
import { StartRun } from '../../application/start-run/start-run.use-case.js';
import { StopRun } from '../../application/stop-run/stop-run.use-case.js';

@Controller()
export class MessageRunsController {
  constructor(
    private readonly creation: CreateRun,
    private readonly preparation: PrepareRun,
    private readonly starting: StartRun,
    private readonly pausing: PauseRun,
    private readonly resuming: ResumeRun,
    private readonly stopping: StopRun,
    private readonly retrying: RetryMessages,
    private readonly deciding: DecideMessages,
    private readonly reads: ReadRuns,
  ) {}

  @Serves(createMessageRun)
  create({ context, body }: Call<typeof createMessageRun>): Promise<HttpAnswer> {
    return this.creation.create(context, body);
  }

  @Serves(listMessageRuns)
  async list({ context, query }: Call<typeof listMessageRuns>): Promise<HttpAnswer> {
    const after = decodeCursor(query.cursor, 1)?.[0];
    const rows = await this.reads.list(context.tenantId, query, after as string | undefined, query.limit + 1);
    return {
      body: pageOfRows(
        rows,
        query.limit,
        ({ id }) => [id],
        (run) => run,
      ),
    };
  }

  @Serves(getMessageRun)
  async get({ context, params }: Call<typeof getMessageRun>): Promise<HttpAnswer> {
    return { body: await this.reads.get(context.tenantId, params.id) };
  }

  @Serves(prepareMessageRun)
  prepare({ context, params, body }: Call<typeof prepareMessageRun>): Promise<HttpAnswer> {
    return this.preparation.prepare(context, params.id, body.note);
  }

  @Serves(getDryRun)
  async dryRun({ context, params }: Call<typeof getDryRun>): Promise<HttpAnswer> {
    return { body: await this.reads.dryRun(context.tenantId, params.id) };
  }

  @Serves(startMessageRun)
  start({ context, params, body }: Call<typeof startMessageRun>): Promise<HttpAnswer> {
    return this.starting.start(context, params.id, body);
  }

  @Serves(pauseMessageRun)
  pause({ context, params, body }: Call<typeof pauseMessageRun>): Promise<HttpAnswer> {
    return this.pausing.pause(context, params.id, body.note);
  }

  @Serves(resumeMessageRun)
  resume({ context, params, body }: Call<typeof resumeMessageRun>): Promise<HttpAnswer> {
    return this.resuming.resume(context, params.id, body);
  }

  @Serves(sendRestOfMessageRun)
  sendRest({ context, params, body }: Call<typeof sendRestOfMessageRun>): Promise<HttpAnswer> {
    return this.retrying.retry(context, 'send-rest', params.id, body);
  }

  @Serves(retryFailedOfMessageRun)
  retryFailed({ context, params, body }: Call<typeof retryFailedOfMessageRun>): Promise<HttpAnswer> {
    return this.retrying.retry(context, 'retry-failed', params.id, body);
  }

  @Serves(decideMessageRun)
  decide({ context, params, body }: Call<typeof decideMessageRun>): Promise<HttpAnswer> {
    return this.deciding.decideAll(context, params.id, body);
  }

  @Serves(stopMessageRun)
  stop({ context, params, body }: Call<typeof stopMessageRun>): Promise<HttpAnswer> {
    return this.stopping.stop(context, params.id, body.note);
  }
}
