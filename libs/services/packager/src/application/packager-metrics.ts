import { secondsBuckets, type Metrics } from '@mailrun/platform-telemetry';

const sizeBuckets = [4, 16, 64, 256, 1024, 4096, 16_384].map((kibibytes) => kibibytes * 1024);

/** What the packager tells about itself. */
export class PackagerMetrics {
  private readonly mails;
  private readonly seconds;
  private readonly refusals;

  constructor(metrics: Metrics, inFlightBytes: () => number) {
    this.mails = metrics.histogram<'protection'>({
      name: 'mailrun_packager_mail_size_bytes',
      help: 'Size of sealed mails.',
      labels: ['protection'],
      buckets: sizeBuckets,
    });
    this.seconds = metrics.histogram<'protection'>({
      name: 'mailrun_packager_sealing_duration_seconds',
      help: 'Time from the begin of sealing a mail to its bytes being kept, waiting for memory included.',
      labels: ['protection'],
      buckets: secondsBuckets,
    });
    this.refusals = metrics.counter<'code'>({
      name: 'mailrun_packager_refused_messages_total',
      help: 'Messages for which no mail was sealed, by the reason.',
      labels: ['code'],
    });
    metrics.gauge({
      name: 'mailrun_packager_in_flight_bytes',
      help: 'Memory reserved for mails that are being sealed.',
      collect: (gauge) => gauge.set(inFlightBytes()),
    });
  }

  sealed({
    protection,
    sizeBytes,
    seconds,
  }: {
    protection: 'none' | 'password';
    sizeBytes: number;
    seconds: number;
  }) {
    this.mails.observe({ protection }, sizeBytes);
    this.seconds.observe({ protection }, seconds);
  }

  /** @param code of a closed set: `package.…`, or `messaging.…` for records that could not be read */
  refused(code: string): void {
    this.refusals.inc({ code });
  }
}
