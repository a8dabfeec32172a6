import { type ASTNode, parse } from '@marcbachmann/cel-js';

/** What expressions compute with. Every number is one, whether it was written `3`, `3.0` or `3u`. */
export type Computed = boolean | number | string | null | readonly Computed[] | { readonly [name: string]: Computed };
export type Variables = Readonly<Record<string, Computed>>;

/** An expression can not be read or computed; the form then says so, and the server does as well. */
export class ExpressionError extends Error {}

/** As the server does: longer ones are refused when a flow is published. */
const sourceAtMost = 1_024;
const rememberedAtMost = 500;
const parsed = new Map<string, ASTNode>();

/** Whether a condition holds. The package parses; the value is computed as crates/flow/src/expression does it. */
export function holds(source: string, variables: Variables): boolean {
  const value = evaluate(treeOf(source), variables);
  if (typeof value !== 'boolean') throw new ExpressionError('the result is neither true nor false');
  return value;
}

/** The names of the variables that an expression reads; none when it can not be read. */
export function namesIn(source: string): Set<string> {
  const names = new Set<string>();
  try {
    collect(treeOf(source), names);
  } catch {
    // What can not be read reads nothing; evaluating it says why.
  }
  return names;
}

function treeOf(source: string): ASTNode {
  let tree = parsed.get(source);
  if (tree === undefined) {
    if (source.length > sourceAtMost) throw new ExpressionError('the expression is too long');
    try {
      tree = parse(source).ast;
    } catch (cause) {
      throw new ExpressionError('the expression can not be read', { cause });
    }
    if (parsed.size >= rememberedAtMost) parsed.clear();
    parsed.set(source, tree);
  }
  return tree;
}

function collect(part: unknown, names: Set<string>): void {
  if (Array.isArray(part)) for (const one of part) collect(one, names);
  else if (typeof part === 'object' && part !== null && 'op' in part && 'args' in part) {
    if (part.op === 'id' && typeof part.args === 'string') names.add(part.args);
    else collect(part.args, names);
  }
}

function evaluate(node: ASTNode, variables: Variables): Computed {
  switch (node.op) {
    case 'value':
      return literal(node.args);
    case 'id':
      return entry(variables, node.args);
    case '.':
      return entry(evaluate(node.args[0], variables), node.args[1]);
    case '[]':
      return element(evaluate(node.args[0], variables), evaluate(node.args[1], variables));
    case 'list':
      return node.args.map((part) => evaluate(part, variables));
    case 'call':
      return call(node.args[0], node.args[1].map((part) => evaluate(part, variables)));
    case 'rcall':
      return call(node.args[0], [node.args[1], ...node.args[2]].map((part) => evaluate(part, variables)));
    case '?:':
      return evaluate(bool(evaluate(node.args[0], variables)) ? node.args[1] : node.args[2], variables);
    case '&&':
      return either(node.args, false, variables);
    case '||':
      return either(node.args, true, variables);
    case '!_':
      return !bool(evaluate(node.args, variables));
    case '-_':
      return finite(-number(evaluate(node.args, variables)));
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return operate(node.op, evaluate(node.args[0], variables), evaluate(node.args[1], variables));
    default:
      throw new ExpressionError(`conditions do not have ${node.op}`);
  }
}

type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '*' | '/' | '%';

function operate(operator: Operator, left: Computed, right: Computed): Computed {
  switch (operator) {
    case '==':
      return equal(left, right);
    case '!=':
      return !equal(left, right);
    case '<':
      return compare(left, right) < 0;
    case '<=':
      return compare(left, right) <= 0;
    case '>':
      return compare(left, right) > 0;
    case '>=':
      return compare(left, right) >= 0;
    case 'in':
      if (isList(right)) return right.some((one) => equal(one, left));
      if (isMap(right) && typeof left === 'string') return Object.hasOwn(right, left);
      throw wrongType();
    case '+':
      if (typeof left === 'string' && typeof right === 'string') return left + right;
      if (isList(left) && isList(right)) return [...left, ...right];
      return finite(number(left) + number(right));
    case '-':
      return finite(number(left) - number(right));
    case '*':
      return finite(number(left) * number(right));
    case '/':
      return finite(number(left) / divisor(right));
    case '%':
      return finite(number(left) % divisor(right));
  }
}

function call(name: string, values: readonly Computed[]): Computed {
  const [first, second, ...others] = values;
  if (name === 'size' && second === undefined) {
    if (typeof first === 'string') return [...first].length;
    if (first !== undefined && isList(first)) return first.length;
  }
  if (typeof first === 'string' && typeof second === 'string' && others.length === 0) {
    if (name === 'contains') return first.includes(second);
    if (name === 'startsWith') return first.startsWith(second);
    if (name === 'endsWith') return first.endsWith(second);
  }
  throw wrongType();
}

/** As in CEL, either side can decide, and then an error on the other side does not matter. */
function either([left, right]: readonly [ASTNode, ASTNode], decisive: boolean, variables: Variables): boolean {
  let failure: unknown = null;
  try {
    if (bool(evaluate(left, variables)) === decisive) return decisive;
  } catch (cause) {
    failure = cause;
  }
  if (failure === null) return bool(evaluate(right, variables));
  try {
    if (bool(evaluate(right, variables)) === decisive) return decisive;
  } catch {
    // The left side says first what is wrong.
  }
  throw failure;
}

function literal(value: unknown): Computed {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string' || value === null) return value;
  // `3u` is an object of the package.
  const plain: unknown = typeof value === 'object' && 'value' in value ? value.value : undefined;
  if (typeof plain === 'bigint') return Number(plain);
  throw new ExpressionError('conditions do not have such values');
}

function entry(from: Computed, name: string): Computed {
  const value = isMap(from) && Object.hasOwn(from, name) ? from[name] : undefined;
  if (value === undefined) throw new ExpressionError(`there is no ${name}`);
  return value;
}

function element(from: Computed, index: Computed): Computed {
  if (typeof index === 'string') return entry(from, index);
  const value = isList(from) ? from[number(index)] : undefined;
  if (value === undefined) throw new ExpressionError('there is no such entry');
  return value;
}

function equal(left: Computed, right: Computed): boolean {
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((one, index) => equal(one, right[index] ?? null));
  }
  if (isMap(left) && isMap(right)) {
    const names = Object.keys(left);
    return (
      names.length === Object.keys(right).length &&
      names.every((name) => Object.hasOwn(right, name) && equal(left[name] ?? null, right[name] ?? null))
    );
  }
  return left === right;
}

function compare(left: Computed, right: Computed): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  throw wrongType();
}

/** By code points, as the server does it; JavaScript's own `<` goes by halves of them. */
function compareText(left: string, right: string): number {
  const [one, other] = [[...left], [...right]];
  for (const [index, letter] of one.entries()) {
    const difference = (letter.codePointAt(0) ?? 0) - (other[index]?.codePointAt(0) ?? -1);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

function bool(value: Computed): boolean {
  if (typeof value !== 'boolean') throw wrongType();
  return value;
}

function number(value: Computed): number {
  if (typeof value !== 'number') throw wrongType();
  return value;
}

function divisor(value: Computed): number {
  if (number(value) === 0) throw new ExpressionError('division by zero');
  return number(value);
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new ExpressionError('the number is out of range');
  return value;
}

function isList(value: Computed): value is readonly Computed[] {
  return Array.isArray(value);
}

function isMap(value: Computed): value is Variables {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrongType(): ExpressionError {
  return new ExpressionError('the types do not fit');
}
