import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** A bare SMTP client: says lines, reads replies. It checks nothing, so that tests can misbehave. */
export class SmtpConversation {
  private readonly replies: AsyncIterator<string>;

  private constructor(private readonly socket: Socket) {
    this.replies = createInterface({ input: socket })[Symbol.asyncIterator]();
  }

  /** Connects and greets. */
  static async open(port: number): Promise<SmtpConversation> {
    const socket = connect(port, '127.0.0.1').setNoDelay();
    socket.on('error', () => socket.destroy());
    const conversation = new SmtpConversation(socket);
    await conversation.reply();
    await conversation.say('EHLO test.example');
    return conversation;
  }

  /** The last line of the next reply; '' when the server has hung up. */
  async reply(): Promise<string> {
    for (;;) {
      const { value, done } = await this.replies.next();
      if (done === true) return '';
      if (!/^\d{3}-/.test(value)) return value;
    }
  }

  say(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`);
    return this.reply();
  }

  /** The server's answer to the whole mail, or to the step that it refused. */
  async send(mail: { to: string | readonly string[]; source: string; from?: string }): Promise<string> {
    const recipients = typeof mail.to === 'string' ? [mail.to] : mail.to;
    const steps = [
      `MAIL FROM:<${mail.from ?? 'billing@chinook.example'}>`,
      ...recipients.map((to) => `RCPT TO:<${to}>`),
    ];
    for (const step of [...steps, 'DATA']) {
      const answer = await this.say(step);
      if (!/^[23]/.test(answer)) return answer;
    }
    return this.say(`${mail.source.replace(/^\./gm, '..')}\r\n.`);
  }

  write(text: string): void {
    this.socket.write(text);
  }

  /** Hangs up without a word. */
  drop(): void {
    this.socket.destroy();
  }

  async quit(): Promise<void> {
    await this.say('QUIT');
    this.socket.destroy();
  }
}
