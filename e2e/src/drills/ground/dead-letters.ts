import {
  InMemoryClaimStore,
  KafkaMessaging,
  maxPageSize,
  type OpenLetter,
} from '@mailrun/platform-messaging';

/** Looks at the dead letters of a broker. */
export class DeadLetters {
  private readonly seen = new Set<string>();

  constructor(
    private readonly brokers: readonly string[],
    private readonly prefix: string,
  ) {}

  /** Records that were given up because of a bug of ours, as far as they were not answered before. */
  async newBugs(): Promise<OpenLetter[]> {
    const { brokers, prefix } = this;
    const messaging = new KafkaMessaging({
      kafka: { brokers: [...brokers], clientId: 'drills-dead-letters' },
      prefix,
      claims: new InMemoryClaimStore(),
    });
    await messaging.connect();
    try {
      const box = messaging.deadLetterBox();
      const letters: OpenLetter[] = [];
      let after: string | undefined;
      do {
        const page = await box.list({ limit: maxPageSize, after });
        letters.push(...page.items.filter(({ id, reason }) => reason.family === 'bug' && !this.seen.has(id)));
        after = page.next;
      } while (after !== undefined);
      for (const { id } of letters) this.seen.add(id);
      return letters;
    } finally {
      await messaging.close();
    }
  }
}
