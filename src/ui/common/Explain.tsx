import { Popover } from 'radix-ui';
import type { ReactNode } from 'react';

/** A "?" that opens a short explanation in place. */
export function Explain({ about, children }: { about: string; children: ReactNode }) {
  return (
    <Popover.Root>
      <Popover.Trigger className="explain" aria-label={`Explain ${about}`} />
      <Popover.Portal>
        <Popover.Content className="popover small" sideOffset={4} collisionPadding={16} aria-label={about}>
          <h3>{about}</h3>
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
