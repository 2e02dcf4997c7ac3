/**
 * How typings are compared. Whole classes cannot be: string enums are nominal, and classes have private parts. So each
 * member is, with every enum replaced by the texts that it stands for.
 */

type Fn = (...args: any[]) => unknown;

/** T without nominal enums, at any depth. */
export type Plain<T> = T extends string
  ? `${T}`
  : T extends number | boolean | null | undefined | void | Uint8Array
    ? T
    : T extends (...args: infer Args) => infer Result
      ? (...args: { [I in keyof Args]: Plain<Args[I]> }) => Plain<Result>
      : T extends object
        ? { [Key in keyof T]: Plain<T[Key]> }
        : T;

type ParametersFit<Ours extends Fn, Theirs extends Fn> = Plain<Parameters<Theirs>> extends Plain<Parameters<Ours>> ? true : false;

type ResultFits<Ours extends Fn, Theirs extends Fn> =
  Plain<Awaited<ReturnType<Ours>>> extends Plain<Awaited<ReturnType<Theirs>>> ? true : false;

type MethodNames<T> = { [Key in keyof T]: T[Key] extends Fn ? Key : never }[keyof T];

/**
 * What keeps our methods from taking the place of theirs: nothing (never), or names with what is wrong. Their parameters must
 * fit ours, our awaited results theirs.
 */
export type MethodMisfits<Ours, Theirs, LeftOut extends keyof Theirs = never> = {
  [Name in Exclude<MethodNames<Theirs>, LeftOut>]: Name extends keyof Ours
    ? Ours[Name] extends Fn
      ? Theirs[Name] extends Fn
        ? ParametersFit<Ours[Name], Theirs[Name]> extends false
          ? [Name, 'their parameters do not fit']
          : ResultFits<Ours[Name], Theirs[Name]> extends false
            ? [Name, 'our result does not fit']
            : never
        : never
      : [Name, 'is no method of ours']
    : [Name, 'is missing'];
}[Exclude<MethodNames<Theirs>, LeftOut>];

/** The same for what is no method: what we have must fit where theirs is read. */
export type PropertyMisfits<Ours, Theirs, LeftOut extends keyof Theirs = never> = {
  [Name in Exclude<keyof Theirs, MethodNames<Theirs> | LeftOut>]: Name extends keyof Ours
    ? Plain<Ours[Name]> extends Plain<Theirs[Name]>
      ? never
      : [Name, 'does not fit']
    : [Name, 'is missing'];
}[Exclude<keyof Theirs, MethodNames<Theirs> | LeftOut>];

/** The same for events: Ours by name the arguments, Theirs by name the listener; what we hand out must fit. */
export type EventMisfits<Ours, Theirs, LeftOut extends keyof Theirs = never> = {
  [Name in Exclude<keyof Theirs, LeftOut>]: Theirs[Name] extends Fn
    ? Name extends keyof Ours
      ? Plain<Ours[Name]> extends Plain<Parameters<Theirs[Name]>>
        ? never
        : [Name, 'our arguments do not fit']
      : [Name, 'is missing']
    : never;
}[Exclude<keyof Theirs, LeftOut>];

/** The same for an enumeration: each member has an equal value, and we have no other. */
export type EnumMisfits<Ours, Theirs> =
  | { [Name in keyof Theirs]: Name extends keyof Ours ? (Same<Texts<Ours[Name]>, Texts<Theirs[Name]>> extends true ? never : [Name, 'differs']) : [Name, 'is missing'] }[keyof Theirs]
  | Exclude<keyof Ours, keyof Theirs>;

type Texts<T> = T extends string ? `${T}` : T extends number ? `${T}` : never;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Compiles only where there is no misfit; else the message names it. */
export function fits<Misfits extends never>(): Misfits | void {}
