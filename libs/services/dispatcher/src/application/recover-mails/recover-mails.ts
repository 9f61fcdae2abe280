import type { DispatchMails } from '../dispatch-mails/dispatch-mails.js';
import type { DispatchOptions } from '../dispatch-mails/dispatch-options.js';
import type { DispatchObserver } from '../ports/dispatch-observer.port.js';
import type { MailQueue } from '../ports/mail-queue.port.js';
import type { PublishOutcomes } from '../publish-outcomes/publish-outcomes.js';

/** Takes over what a process that ended had in its hands. To be repeated. */
export class RecoverMails {
  constructor(
    private readonly queue: MailQueue,
    private readonly publisher: Pick<PublishOutcomes, 'tellSoon'>,
    private readonly dispatch: Pick<DispatchMails, 'wake'>,
    private readonly observer: DispatchObserver,
    private readonly options: Pick<DispatchOptions, 'firstRetryMs'>,
  ) {}

  async recover(): Promise<void> {
    const recovered = await this.queue.recover(this.options.firstRetryMs);
    if (recovered.returned + recovered.uncertain === 0) return;
    this.observer.recovered(recovered);
    this.dispatch.wake();
    if (recovered.uncertain > 0) this.publisher.tellSoon();
  }
}
