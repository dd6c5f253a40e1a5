// A tile or a row that opens its page wherever it is clicked, not on its name alone. What is a control does
// its own, text can be marked, and the keyboard has the name, which is a link.
import { useCallback, type MouseEvent } from 'react';
import { useLocation } from 'wouter';

const controls = 'a, button, input, label, textarea, select, details, [role=menu], [role=dialog]';

export function useWholeOpens(href: string) {
  const [, navigate] = useLocation();
  return useCallback(
    (event: MouseEvent<HTMLElement>) => {
      const target = event.target as Element;
      // What is shown over the page, as a menu is, tells of its clicks here too.
      if (!event.currentTarget.contains(target) || target.closest(controls)) return;
      if (!window.getSelection()?.isCollapsed) return;
      if (event.ctrlKey || event.metaKey) window.open(href, '_blank', 'noopener');
      else navigate(href);
    },
    [href, navigate],
  );
}
