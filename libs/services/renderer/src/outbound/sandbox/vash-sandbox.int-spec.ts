import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { isOutage } from '@mailrun/platform-errors';
import { eventually } from '@mailrun/platform-messaging/testing';
import { describeTemplateSandbox } from '../../application/ports/template-sandbox.behaviour.js';
import type { PartOutput } from '../../domain/template-program.js';
import { jobOf, part } from '../../testing/render-jobs.builder.js';
import { defaultSandboxSettings } from './sandbox-settings.js';
import { VashSandbox } from './vash-sandbox.js';

const settings = {
  ...defaultSandboxSettings,
  processes: 2,
  renderTimeoutMs: 250,
  isolateMemoryMb: 32,
  growthLimitMb: 96,
  outputLimit: 100_000,
  killsBeforeQuarantine: 100,
};
const sandbox = new VashSandbox(settings);
afterAll(() => sandbox.close());

const outcomeOf = async (
  source: string,
  output: PartOutput = 'html',
  given: Parameters<typeof jobOf>[1] = {},
) => (await sandbox.render([jobOf([part(source, output)], given)]))[0];

/** The result, or the fault in one line. */
const rendered = async (
  source: string,
  output: PartOutput = 'html',
  given: Parameters<typeof jobOf>[1] = {},
) => {
  const outcome = await outcomeOf(source, output, given);
  if (outcome?.kind === 'rendered') return outcome.results[0];
  const { code, line, column, detail } = outcome?.fault ?? {};
  return `${code} ${line}:${column} ${detail}`;
};

describeTemplateSandbox('VashSandbox', () => sandbox);

describe('rendering', () => {
  it('gives the model, and its parts as plain names', async () => {
    const source =
      '@model.customer.name @customer.code @invoice.number @invoices.length @run.note @definition.key';
    const shared = {
      run: { id: 'r', note: 'May' },
      definition: { key: 'monthly', version: 1, name: 'Monthly' },
    };
    expect(await rendered(source, 'text', { shared })).toBe('Leonie Köhler C0002 INV-00123 1 May monthly');
  });

  it('renders all parts of a message from one model, in order', async () => {
    const parts = [
      part('Invoice @invoice.number', 'line'),
      part('<p>@customer.name</p>'),
      part('@customer.name', 'text'),
    ];
    const [outcome] = await sandbox.render([jobOf(parts, { customer: { name: 'A & B' } })]);
    expect(outcome).toEqual({
      kind: 'rendered',
      results: ['Invoice INV-00123', '<p>A &amp; B</p>', 'A & B'],
    });
  });

  it('takes what follows @(…) in a line for text', async () => {
    expect(await rendered('Invoice-@(invoice.number).pdf', 'line')).toBe('Invoice-INV-00123.pdf');
  });

  it('escapes in HTML and XML, but not what html.raw marks', async () => {
    const customer = { name: `<b>&"'\`` };
    expect(await rendered('<i>@customer.name</i>', 'html', { customer })).toBe(
      '<i>&lt;b&gt;&amp;&quot;&#x27;&#x60;</i>',
    );
    expect(await rendered('<i>@customer.name</i>', 'xml', { customer })).toBe(
      '<i>&lt;b&gt;&amp;&quot;&#x27;&#x60;</i>',
    );
    expect(await rendered('<i>@html.raw(customer.name)</i>', 'html', { customer })).toBe(`<i><b>&"'\`</i>`);
    expect(await rendered('@customer.name', 'text', { customer })).toBe(`<b>&"'\``);
  });

  it('strips control characters from text and what XML does not allow', async () => {
    const customer = { name: 'A\u0000B\u001b\tC\nD' };
    expect(await rendered('@customer.name', 'text', { customer })).toBe('AB\tC\nD');
    expect(await rendered('<n>@customer.name</n>', 'xml', { customer })).toBe('<n>AB\tC\nD</n>');
  });

  it('formats by the customer’s locale and time zone', async () => {
    const source =
      '@money("1234.50")|@number("1234.5", 1)|@date("2025-05-31", "long")|@date("2025-05-31T23:30:00Z", "short")';
    const german = { locale: 'de-DE', timeZone: 'Europe/Berlin' };
    expect(await rendered(source, 'text', { customer: german })).toBe(
      '1.234,50\u00a0€|1.234,5|31. Mai 2025|01.06.25',
    );
    const american = { locale: 'en_US', timeZone: 'America/New_York' };
    expect(await rendered(source, 'text', { customer: american })).toBe(
      '€1,234.50|1,234.5|May 31, 2025|5/31/25',
    );
    expect(await rendered('@money(1)', 'text', { customer: { locale: '??' } })).toBe('€1.00');
  });

  it('names images by cid and refuses ones that do not exist', async () => {
    const shared = { imageKeys: ['logo'] };
    expect(await rendered('<img src="@image(\'logo\')">', 'html', { shared })).toBe('<img src="cid:logo">');
    expect(await rendered('<img src="@image(\'lgoo\')">', 'html', { shared })).toMatch(
      /^template.failed 1:\d+ .*"lgoo"/,
    );
  });

  it('verifies that JSON is JSON', async () => {
    expect(await rendered('{"n": @json(invoice.number), "x": @json(null)}', 'json')).toBe(
      '{"n": "INV-00123", "x": null}',
    );
    expect(await rendered('{"n": @invoice.number}', 'json')).toMatch(/^template.invalid-json .*no JSON/);
  });

  it('takes an empty template, and renders nothing', async () => {
    expect(await rendered('', 'text')).toBe('');
  });

  it('answers each job of a batch in order, over tenants, programs and calls', async () => {
    const jobs = Array.from({ length: 150 }, (_, index) =>
      jobOf([part(`<p>${index % 3} @customer.code</p>`)], {
        tenant: `tenant-${index % 2}`,
        customer: { code: `C${index}` },
      }),
    );
    const outcomes = await sandbox.render(jobs);
    expect(outcomes).toEqual(
      jobs.map((_, index) => ({ kind: 'rendered', results: [`<p>${index % 3} C${index}</p>`] })),
    );
  });

  it('gives the same for the same job at any time: date, locale defaults and chance are frozen', async () => {
    const source =
      '@Date.now() @(new Date().getHours()) @(Date()) @(new Date(0).constructor.now()) ' +
      '@(new Intl.DateTimeFormat("en").format()) @(new Intl.DateTimeFormat("en").formatToParts().length) ' +
      '@Math.random() @Math.random() @Intl.DateTimeFormat().resolvedOptions().timeZone';
    const job = { nowMs: Date.UTC(2020, 0, 2, 3), seed: 7 };
    const first = await rendered(source, 'text', job);
    expect(first).toMatch(
      /^1577934000000 3 Thu Jan 02 2020 03:00:00 GMT.* 1577934000000 1\/2\/2020 5 0\.\d+ 0\.\d+ UTC$/,
    );
    expect(await rendered(source, 'text', job)).toBe(first);
    expect(await rendered(source, 'text', { ...job, seed: 8 })).not.toBe(first);
  });
});

describe('a template that fails', () => {
  it.each([
    ['in an expression', '<p>\n\n  @model.foo.bar.baz</p>', 'template.failed 3:14'],
    ['in a code block', '<p>\n@{\n  var a = 1;\n  var b = invoice.foo.bar;\n}\n</p>', 'template.failed 4:23'],
    ['by a throw of its own', '<p>\n@{ throw new Error("no"); }</p>', 'template.failed 2:10'],
    ['by an unknown name', '<p>\n\n\n@nothing.here</p>', 'template.failed 4:2'],
    ['by a tag that is not closed', '<p>\n <b>x\n</p>', 'template.syntax-error 1:1'],
    ['by JavaScript that is none', '<p>\n\n@(1 + )</p>', 'template.syntax-error 3:7'],
    ['by a lone @', 'a\n b @', 'template.syntax-error 2:4'],
    ['by endless recursion', '@{ function f() { return f() + 1; } f(); }', 'template.failed 1:'],
  ])('%s is answered with line and column', async (_, source, expected) => {
    expect(await rendered(source)).toMatch(new RegExp(`^${expected}`));
  });

  it('is told when an address is taken for code', async () => {
    expect(await rendered('Questions?\nWrite to info@billing.example now')).toBe(
      'template.failed 2:15 "info@billing.example" is taken for code because of its @. Write info@@billing.example.',
    );
    expect(await rendered('Write to info@@billing.example or info@billing.com')).toBe(
      'Write to info@billing.example or info@billing.com',
    );
  });

  it('fails alone: the other jobs of its batch are rendered', async () => {
    const parts = [part('@{ if (customer.code === "bad") { for (;;) { } } }@customer.code')];
    const jobs = ['a', 'b', 'bad', 'c'].map((code) => jobOf(parts, { customer: { code } }));
    const outcomes = await sandbox.render([...jobs, jobOf([part('other')])]);
    expect(
      outcomes.map((outcome) => (outcome.kind === 'rendered' ? outcome.results[0] : outcome.fault.code)),
    ).toEqual(['a', 'b', 'template.timeout', 'c', 'other']);
  });
});

describe('check', () => {
  it('finds nothing wrong with what renders', async () => {
    const parts = [
      part('Invoice @(invoice.number).pdf', 'line'),
      part('<p>@{ var x = 1; }@x @for (var i = 0; i < 2; i++) { <b>@i</b> } @html.raw("x") a@@b.example</p>'),
      part('@invoices.forEach(function (one) { <text>@one.number</text> })', 'text'),
      part('<a href="mailto:info@billing.com">@{ const s = "a@b"; }@s</a>'),
    ];
    expect(await sandbox.check(parts)).toEqual([]);
  });

  it('names every part that does not compile, with line and column', async () => {
    const faults = await sandbox.check([part('@(', 'line'), part('<p>ok</p>'), part('<p>\n @if (x {\n</p>')]);
    expect(faults).toMatchObject([
      { code: 'template.syntax-error', part: 0 },
      { code: 'template.syntax-error', part: 2, line: 2 },
    ]);
  });

  it('finds an @ that would vanish', async () => {
    const faults = await sandbox.check([part('fine'), part('Meet\nus @ home', 'text')]);
    expect(faults).toMatchObject([{ code: 'template.unknown-name', part: 1, line: 2, column: 4 }]);
  });

  it('finds a file name whose extension would be taken for code', async () => {
    const faults = await sandbox.check([part('Invoice-@invoice.number.pdf', 'line')]);
    expect(faults).toMatchObject([
      {
        code: 'template.unknown-name',
        detail: expect.stringContaining('Write @(invoice.number).pdf.'),
        column: 9,
      },
    ]);
  });

  it('finds addresses and CSS rules that would be taken for code, with their line', async () => {
    const faults = await sandbox.check([
      part('Hi,\nwrite to info@billing.example\n<style>\n@media print { }</style>'),
    ]);
    expect(faults).toMatchObject([
      { code: 'template.unknown-name', line: 2, detail: expect.stringContaining('info@@billing.example') },
      { code: 'template.unknown-name', line: 4, detail: expect.stringContaining('@@media') },
    ]);
  });
});

describe('a hostile template', () => {
  it.each([
    [
      'a constructor’s constructor',
      '@(customer.constructor.constructor("return typeof process")())',
      'undefined',
    ],
    [
      'eval',
      '@eval("typeof require + typeof process + typeof module + typeof global")',
      'undefined'.repeat(4),
    ],
    [
      'this',
      '@{ var f = function () { return typeof this.process + typeof this.setTimeout; }; }@f()',
      'undefinedundefined',
    ],
    [
      'the caller',
      '@{ var c; try { c = arguments.callee.caller; } catch (e) { c = null; } }@String(c)',
      'null',
    ],
    [
      'its own parameters',
      '@(Array.from(arguments).map(function (a) { return typeof a; }).join())',
      expect.any(String),
    ],
    [
      'error stacks',
      '@{ try { null.x } catch (e) { var s = e.stack; } }@(/node|\\/work|file:/.test(s))',
      'false',
    ],
    [
      'vash’s file helpers',
      '@(typeof html.include + typeof html.extend + typeof html.block + typeof vash)',
      'undefined'.repeat(4),
    ],
    [
      'threads and shared memory',
      '@(typeof SharedArrayBuffer + typeof Atomics + typeof WebAssembly)',
      'undefined'.repeat(3),
    ],
    ['the garbage collector', '@(typeof gc + typeof globalThis.gc)', 'undefined'.repeat(2)],
    ['timers and the network', '@(typeof setTimeout + typeof fetch + typeof console)', 'undefined'.repeat(3)],
  ])('reaches nothing by %s', async (_, source, expected) => {
    expect(await rendered(source, 'text')).toEqual(expected);
  });

  it('imports nothing', async () => {
    const source = '@{ var p = import("node:fs"); p.then(function () { for (;;) { } }, function () { }); }ok';
    expect(await rendered(source, 'text')).toBe('ok');
    expect(await rendered('@require("fs")', 'text')).toMatch(/^template.failed .*not/);
  });

  it.each([
    [
      'a prototype',
      'Object.prototype.leak = "x"; Array.prototype.map = null',
      'typeof ({}).leak + typeof [].map',
      'undefinedfunction',
    ],
    ['a global variable', 'leak = "x"; globalThis.leak = "y"', 'typeof leak', 'undefined'],
    ['a function’s property', 'arguments.callee.leak = "x"', 'typeof arguments.callee.leak', 'undefined'],
    [
      'a helper',
      'html.leak = money.leak = csv.row.leak = "x"',
      'typeof html.leak + typeof money.leak + typeof csv.row.leak',
      'undefined'.repeat(3),
    ],
    [
      'its hidden parameters',
      'for (const a of arguments) { try { a.leak = "x"; a.buffer.leak = "x"; a.escape("x").leak = "x"; } catch (e) { } }',
      'Array.from(arguments).slice(6).map(function (a) { try { return a.leak || a.buffer.leak || a.escape("x").leak || ""; } catch (e) { return ""; } }).join("")',
      '',
    ],
    [
      'the last match',
      '/(.*)/.exec("secret")',
      'String(RegExp.$1) + String(RegExp.lastMatch)',
      'undefinedundefined',
    ],
    [
      'a hidden prototype',
      '(function* () {}).constructor.prototype.leak = "x"; (async function () {}).constructor.leak = "x"; [].values().__proto__.leak = "x"',
      'typeof (function* () {}).constructor.prototype.leak + typeof (async function () {}).constructor.leak + typeof [].values().leak',
      'undefined'.repeat(3),
    ],
    [
      'the run',
      'run.leak = "x"; run.nested.leak = "x"',
      'typeof run.leak + typeof run.nested.leak',
      'undefined'.repeat(2),
    ],
  ])('leaves nothing behind in %s', async (_, write, read, expected) => {
    const parts = [part(`@if (customer.code === "first") { ${write}; }@(${read})`, 'text')];
    const shared = { run: { id: 'r', nested: {} } };
    const jobs = ['first', 'second'].map((code) => jobOf(parts, { customer: { code }, shared }));
    const [, second] = await sandbox.render(jobs);
    expect(second).toEqual({ kind: 'rendered', results: [expected] });
  });

  it.each([
    ['an endless loop', 'for (;;) { }', 'template.timeout'],
    ['an endless chain of promises', '(async function () { for (;;) await 0; })()', 'template.timeout'],
    [
      'a promise that never returns',
      'Promise.resolve().then(function () { for (;;) { } })',
      'template.timeout',
    ],
    ['a regular expression that explodes', '/^(a+)+$/.test("a".repeat(40) + "b")', 'template.timeout'],
    ['a memory bomb', 'const a = []; while (1) a.push(new Array(1000).fill(1.1))', 'template.out-of-memory'],
    [
      'a bomb of strings',
      'let s = "x"; const b = []; while (1) { s += s.slice(0, 1 << 20); b.push(s + 1); }',
      'template.out-of-memory',
    ],
    [
      'a bomb of buffers',
      'const b = []; while (1) b.push(new Uint8Array(1 << 20))',
      'template.out-of-memory',
    ],
    ['a list that kills V8', '"x".repeat(1 << 28).split("").length', /template.(out-of-memory|crashed)/],
    [
      'too much output',
      'for (;;) html.raw(customer.name.repeat(1000)), arguments[13].buffer.push("x".repeat(1000))',
      'template.output-too-large',
    ],
    ['a toString that throws', 'throw { toString: function () { throw 1; } }', 'template.failed'],
    [
      'an error with a hostile message',
      'throw Object.defineProperty(new Error(), "message", { get: function () { for (;;) { } } })',
      'template.timeout',
    ],
  ])('is ended when it is %s, and the next is rendered', async (_, code, expected) => {
    const outcome = await outcomeOf(`@{ ${code}; }`);
    expect(outcome?.kind === 'failed' ? outcome.fault.code : outcome).toMatch(expected);
    expect(await rendered('<p>fine</p>')).toBe('<p>fine</p>');
  });

  it('is refused for a while after it had to be stopped twice', async () => {
    const strict = new VashSandbox({
      ...settings,
      processes: 1,
      renderTimeoutMs: 60,
      killsBeforeQuarantine: 2,
    });
    try {
      const parts = [part('@{ for (;;) { } }')];
      const outcomes = await strict.render(Array.from({ length: 20 }, () => jobOf(parts)));
      const codes = outcomes.map((outcome) => (outcome.kind === 'failed' ? outcome.fault.code : 'rendered'));
      expect(codes.slice(0, 3)).toEqual(['template.timeout', 'template.timeout', 'template.quarantined']);
      expect(new Set(codes.slice(2))).toEqual(new Set(['template.quarantined']));
      const other = jobOf(parts, { tenant: 'tenant-b' });
      const [outcome] = await strict.render([other]);
      expect(outcome).toMatchObject({ fault: { code: 'template.timeout' } });
    } finally {
      await strict.close();
    }
  });
});

/** Also when nobody collected its exit status: that is up to whoever inherited the orphan. */
/** Resident memory in MiB, on every system that has `ps`. */
const residentMb = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;

it('a sandbox process does not keep the results that it gave', async () => {
  const lasting = new VashSandbox({ ...defaultSandboxSettings, processes: 1 });
  const characters = 8_000;
  const jobs = Array.from({ length: 32 }, () => jobOf([part(`${'x'.repeat(characters)}@customer.name`)]));
  const renderMillions = async (millions: number) => {
    for (let given = 0; given < millions * 1e6; given += jobs.length * characters) await lasting.render(jobs);
  };
  try {
    await renderMillions(64);
    const [pid = 0] = lasting.pids;
    const before = residentMb(pid);
    await renderMillions(96);
    expect(lasting.pids).toEqual([pid]);
    // Kept, they would be about 100 MiB more.
    expect(residentMb(pid) - before).toBeLessThan(50);
  } finally {
    await lasting.close();
  }
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform === 'linux' && readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return true;
  }
}

describe('the processes', () => {
  it('are started again after a crash, and the work of the dead one is repeated', async () => {
    await rendered('warm');
    for (const pid of sandbox.pids) process.kill(pid, 'SIGSEGV');
    expect(await rendered('<p>again</p>')).toBe('<p>again</p>');
  });

  it('end when the sandbox is closed, and what waits ends in an outage', async () => {
    const closing = new VashSandbox({ ...settings, processes: 1 });
    await closing.render([jobOf([part('x')])]);
    const [pid] = closing.pids;
    const work = closing.render([jobOf([part('@{ for (;;) { } }')])]);
    await closing.close();
    await expect(work).rejects.toThrow('shutting down');
    expect(isOutage(await work.catch((error: unknown) => error))).toBe(true);
    expect(() => process.kill(pid ?? 0, 0)).toThrow();
  });

  it('end by themselves when their parent was killed, also from within an endless loop', async () => {
    const { jobs, file } = {
      jobs: [jobOf([part('@{ for (;;) { } }')])],
      file: new URL('./vash-sandbox.ts', import.meta.url),
    };
    const patient = { ...settings, processes: 1, renderTimeoutMs: 60_000 };
    const script = `
      const { VashSandbox } = await import(${JSON.stringify(file.href)});
      const sandbox = new VashSandbox(${JSON.stringify(patient)}, {
        processStarted: () => setImmediate(() => console.log(sandbox.pids[0])),
        stopped: () => undefined,
      });
      await sandbox.render(${JSON.stringify(jobs)});
    `;
    const source = ['--conditions=@mailrun/source', '--import=@swc-node/register/esm-register'];
    const parent = spawn(process.execPath, [...source, '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(output.toString());
    expect(() => process.kill(pid, 0)).not.toThrow();
    parent.kill('SIGKILL');
    await eventually(() => isGone(pid));
  }, 20_000);
});
