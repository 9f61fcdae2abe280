import { z } from 'zod';

/** One setting: how its text in the environment becomes a value, and what people are told about it. */
export interface Setting<Value> {
  /** From the text to the value. Its messages say what to give and never repeat what was given. */
  readonly schema: z.ZodType<Value, string>;
  /** For the settings table: 'text', 'integer', … */
  readonly type: string;
  readonly description: string;
  /** The value where nothing is given. */
  readonly default: Value | undefined;
  readonly isRequired: boolean;
  /** Its value and its default are shown nowhere. */
  readonly isSecret: boolean;
  /** Instead of the name that is made of area and property: `DATABASE_URL`, `KAFKA_BROKERS`. */
  readonly env: string | undefined;
}

interface Common {
  /** A sentence or two for the settings table. */
  readonly description: string;
  readonly secret?: boolean;
  readonly env?: string;
}

/** Without `default` and `optional`, a setting must be given. */
interface Presence<Value> {
  readonly default?: Value;
  readonly optional?: true;
}

type Options<Value> = Common & Presence<Value>;
type Result<Value, Given> = Setting<Given extends { readonly optional: true } ? Value | undefined : Value>;

export function text<
  const Given extends Options<string> & { readonly minLength?: number; readonly maxLength?: number },
>(options: Given): Result<string, Given> {
  const { minLength: min = 0, maxLength: max = 1000 } = options;
  const schema = z
    .string()
    .min(min, `give at least ${min} characters`)
    .max(max, `give at most ${max} characters`);
  return setting('text', schema, options);
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A whole number; the property's name ends in its unit (`timeoutMs`, `maxBytes`). */
export function integer<const Given extends Options<number> & Bounds>(options: Given): Result<number, Given> {
  const { min, max } = options;
  const advice = `give a whole number from ${min} to ${max}`;
  const schema = z
    .string()
    .regex(/^-?\d{1,15}$/, advice)
    .transform(Number)
    .refine((value) => value >= min && value <= max, advice);
  return setting(`integer, ${min} to ${max}`, schema, options);
}

/** A duration in milliseconds; the property's name ends in `Ms`. */
export function milliseconds<const Given extends Options<number> & Bounds>(
  options: Given,
): Result<number, Given> {
  return integer(options);
}

export function decimal<const Given extends Options<number> & Bounds>(options: Given): Result<number, Given> {
  const { min, max } = options;
  const advice = `give a number from ${min} to ${max}`;
  const schema = z
    .string()
    .regex(/^-?\d{1,15}(\.\d{1,9})?$/, advice)
    .transform(Number)
    .refine((value) => value >= min && value <= max, advice);
  return setting(`number, ${min} to ${max}`, schema, options);
}

export function flag<const Given extends Options<boolean>>(options: Given): Result<boolean, Given> {
  const schema = z.enum(['true', 'false'], 'give true or false').transform((value) => value === 'true');
  return setting('true or false', schema, options);
}

export function choice<const Value extends string, const Given extends Options<Value>>(
  values: readonly [Value, ...Value[]],
  options: Given,
): Result<Value, Given> {
  const schema = z.enum(values, `give one of ${values.join(', ')}`);
  return setting(values.join(', '), schema, options);
}

/** An absolute URL of one of the protocols (`['https', 'http']`), as it was written. */
export function url<const Given extends Options<string> & { readonly protocols: readonly string[] }>(
  options: Given,
): Result<string, Given> {
  const advice = `give a URL like ${options.protocols[0]}://host:port`;
  const schema = z
    .string()
    .refine(
      (value) => URL.canParse(value) && options.protocols.includes(new URL(value).protocol.slice(0, -1)),
      advice,
    );
  return setting('URL', schema, options);
}

/** Texts with commas between them; blanks around them are dropped, and so are empty ones. */
export function list<const Given extends Options<readonly string[]>>(
  options: Given,
): Result<readonly string[], Given> {
  const schema = z.string().transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
  return setting('list', schema, options);
}

/** Whatever a function can read; what it throws is shown as the fault, so it must not repeat the text. */
export function parsed<Value, const Given extends Options<Value>>(
  type: string,
  parse: (text: string) => Value,
  options: Given,
): Result<Value, Given> {
  const schema = z.string().transform((value, context) => {
    try {
      return parse(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });
  return setting(type, schema, options);
}

function setting<Made>(type: string, schema: z.ZodType<unknown, string>, options: Options<unknown>): Made {
  const made: Setting<unknown> = {
    schema,
    type,
    description: options.description,
    default: options.default,
    isRequired: options.default === undefined && options.optional !== true,
    isSecret: options.secret ?? false,
    env: options.env,
  };
  return made as Made;
}
