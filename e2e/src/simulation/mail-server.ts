import {
  ConnectError,
  MailConnections,
  type Envelope,
  type MailConnection,
  type MailToTransmit,
  type Transmission,
} from '@mailrun/service-dispatcher/in-memory';
import type { SimulatedProcess } from './process.js';
import type { World } from './world.js';

/** Content of a simulated mail: what names it. */
export const contentOf = (key: string): Buffer => Buffer.from(key);

/** A conversation in which content is, or was, handed over. */
export interface Conversation {
  readonly process: SimulatedProcess;
  readonly connection: number;
  /** Of the mail: message and copy. */
  readonly key: string;
  readonly recipients: readonly string[];
}

/** What the simulation asks of whoever watches the mail server. */
export interface MailServerWatcher {
  /** Content is about to be handed over. */
  begins(conversation: Conversation): void;
  /** The server took the mail: from now on these recipients have it. */
  accepted(conversation: Conversation, recipients: readonly string[]): void;
}

const ready = [
  'takes it',
  'breaks before the dot',
  'refuses a recipient',
  'refuses the sender for now',
  'says 421',
] as const;
const partly = ['refuses one of them', 'puts one of them off'] as const;
const afterDot = ['accepts', 'defers', 'refuses', 'loses it'] as const;
const answering = ['answers', 'hangs up'] as const;
const asking = ['is let in', 'is not let in'] as const;
const byServer = { isConversing: true };

/** A mail server of which the world chooses every answer; it alone knows who has which mail. */
export class SimulatedMailServer {
  private connections = 0;

  constructor(
    private readonly world: World,
    private readonly server: SimulatedProcess,
    private readonly watcher: MailServerWatcher,
  ) {}

  connectionsOf(process: SimulatedProcess): MailConnections {
    return new SimulatedConnections(() => this.open(process));
  }

  private async open(process: SimulatedProcess): Promise<MailConnection> {
    const answer = await this.world.choose(process, 'connect', asking, byServer);
    if (answer === 'is not let in') {
      throw new ConnectError({ stage: 'connect', cause: 'connection-refused', detail: 'Nobody listens.' });
    }
    this.connections += 1;
    return new SimulatedConnection(this, process, this.connections);
  }

  async transmit(conversation: Conversation): Promise<Transmission> {
    const { world, watcher } = this;
    const { process, key, recipients } = conversation;
    watcher.begins(conversation);
    const ways = recipients.length > 1 ? [...ready, ...partly] : ready;
    const first = await world.choose(process, `begins ${key}`, ways, byServer);
    if (first !== 'takes it' && !isPartly(first)) return beforeDot(first, recipients);
    const refused = isPartly(first) ? [{ address: recipients.at(-1)!, reply: partlyReplies[first] }] : [];
    // From here on only the server knows, also when the process is gone.
    const said = await world.choose(this.server, `has all of ${key}`, afterDot, byServer);
    if (said === 'accepts')
      watcher.accepted(conversation, recipients.slice(0, recipients.length - refused.length));
    const answer = await world.choose(process, `hears of ${key}`, answering, byServer);
    if (answer === 'hangs up' || said === 'loses it') return { ...noAnswer, refused };
    return afterwards(said, refused);
  }
}

class SimulatedConnections extends MailConnections {
  constructor(private readonly connect: () => Promise<MailConnection>) {
    super();
  }

  open(): Promise<MailConnection> {
    return this.connect();
  }

  openWithTranscript(): Promise<never> {
    return Promise.reject(new Error('Nobody tests servers here.'));
  }
}

class SimulatedConnection implements MailConnection {
  isUsable = true;
  readonly takesAhead = true;
  private promised: Envelope | undefined;

  constructor(
    private readonly server: SimulatedMailServer,
    private readonly process: SimulatedProcess,
    private readonly number: number,
  ) {}

  get isPromised(): boolean {
    return this.promised !== undefined;
  }

  async transmit({ content, recipients }: MailToTransmit, next?: Envelope): Promise<Transmission> {
    if (this.promised !== undefined && String(this.promised.recipients) !== String(recipients)) {
      throw new Error(
        `Content for ${recipients.join()} after the envelope for ${this.promised.recipients.join()}.`,
      );
    }
    this.promised = next;
    const key = (content as Buffer).toString();
    const { process, number } = this;
    const transmission = await this.server.transmit({ process, connection: number, key, recipients });
    if (transmission.ended === 'broken') this.isUsable = false;
    return transmission;
  }

  close(): void {
    this.isUsable = false;
  }
}

const noAnswer: Extract<Transmission, { readonly ended: 'broken' }> = {
  ended: 'broken',
  stage: 'after-dot',
  cause: 'connection-lost',
  detail: 'The connection was lost.',
  refused: [],
};

type Refused = Transmission['refused'];

const partlyReplies = {
  'refuses one of them': { smtpCode: 550, enhancedCode: '5.1.1', text: 'No such user' },
  'puts one of them off': { smtpCode: 450, text: 'Greylisted' },
} as const;
const isPartly = (answer: string): answer is keyof typeof partlyReplies => answer in partlyReplies;

function beforeDot(
  answer: Exclude<(typeof ready)[number], 'takes it'>,
  recipients: readonly string[],
): Transmission {
  switch (answer) {
    case 'breaks before the dot':
      return { ...noAnswer, stage: 'content' };
    case 'refuses a recipient': {
      const reply = { smtpCode: 550, enhancedCode: '5.1.1', text: 'No such user' };
      return { ended: 'refused', stage: 'rcpt', reply, refused: [{ address: recipients[0]!, reply }] };
    }
    case 'refuses the sender for now':
      return { ended: 'refused', stage: 'mail', reply: { smtpCode: 451, text: 'Later' }, refused: [] };
    case 'says 421':
      return { ended: 'refused', stage: 'mail', reply: { smtpCode: 421, text: 'Closing' }, refused: [] };
  }
}

function afterwards(said: 'accepts' | 'defers' | 'refuses', refused: Refused): Transmission {
  switch (said) {
    case 'accepts':
      return { ended: 'accepted', reply: { smtpCode: 250, text: 'Queued' }, refused };
    case 'defers':
      return { ended: 'refused', stage: 'after-dot', reply: { smtpCode: 451, text: 'Later' }, refused };
    case 'refuses':
      return { ended: 'refused', stage: 'after-dot', reply: { smtpCode: 554, text: 'No' }, refused };
  }
}
