import { Injectable } from '@nestjs/common';
import { waitSchema, type Wait } from '@mailrun/contracts';
import { Metrics, secondsBuckets } from '@mailrun/platform-telemetry';
import { selfPauses, type SelfPause } from '../../domain/runs/self-pause.js';
import { EngineObserver } from '../../application/ports/engine-observer.port.js';

@Injectable()
export class MetricsEngineObserver extends EngineObserver {
  private readonly messagesFed;
  private readonly messagesFedAgain;
  private readonly outcomes;
  private readonly seconds;
  private readonly copiesAsked;
  private readonly messagesWaiting;
  private readonly pauses;
  private readonly ended;

  constructor(metrics: Metrics) {
    super();
    this.messagesFed = metrics.counter({
      name: 'mailrun_runs_messages_fed_total',
      help: 'Messages fed for the first time.',
    });
    this.messagesFedAgain = metrics.counter({
      name: 'mailrun_runs_messages_fed_again_total',
      help: 'Messages fed again because the dispatcher did not accept them in time.',
    });
    this.outcomes = metrics.counter({
      name: 'mailrun_runs_outcomes_applied_total',
      help: 'Outcomes of the dispatcher, by whether they were news.',
      labels: ['news'],
    });
    this.seconds = metrics.histogram({
      name: 'mailrun_runs_outcomes_batch_seconds',
      help: 'Time to apply one batch of outcomes.',
      buckets: secondsBuckets,
    });
    this.copiesAsked = metrics.counter({
      name: 'mailrun_runs_copies_asked_total',
      help: 'Copies without news whose outcome was asked for.',
    });
    this.messagesWaiting = metrics.gauge({
      name: 'mailrun_runs_waiting_messages',
      help: 'Messages of runs under way or with uncertain mails, by what they wait for. Every replica says the same.',
      labels: ['for'],
    });
    this.pauses = metrics.counter({
      name: 'mailrun_runs_runs_paused_total',
      help: 'Runs that paused themselves, by why. They wait for a person.',
      labels: ['why'],
    });
    // From the start, so that the first pause is an increase.
    for (const why of selfPauses) this.pauses.inc({ why }, 0);
    this.ended = metrics.counter({
      name: 'mailrun_runs_runs_ended_total',
      help: 'Runs that ended, by how.',
      labels: ['state'],
    });
  }

  override fed({ messages }: { readonly messages: number }): void {
    this.messagesFed.inc(messages);
  }

  override fedAgain({ messages }: { readonly messages: number }): void {
    this.messagesFedAgain.inc(messages);
  }

  override applied(of: { readonly outcomes: number; readonly news: number; readonly seconds: number }): void {
    this.outcomes.inc({ news: 'true' }, of.news);
    this.outcomes.inc({ news: 'false' }, of.outcomes - of.news);
    this.seconds.observe(of.seconds);
  }

  override asked({ copies }: { readonly copies: number }): void {
    this.copiesAsked.inc(copies);
  }

  override waiting(messages: ReadonlyMap<Wait['for'], number>): void {
    for (const kind of waitSchema.shape.for.options) {
      this.messagesWaiting.set({ for: kind }, messages.get(kind) ?? 0);
    }
  }

  override pausedItself({ why }: { readonly why: SelfPause }): void {
    this.pauses.inc({ why });
  }

  override completed({ state }: { readonly state: 'completed' | 'stopped' }): void {
    this.ended.inc({ state });
  }
}
