/** An object with other values for some of its properties; its methods still see their own. */
export function withOthers<T extends object>(object: T, others: Readonly<Partial<Record<keyof T, unknown>>>): T {
  return new Proxy(object, {
    get(target, name): unknown {
      if (Object.hasOwn(others, name)) return Reflect.get(others, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
