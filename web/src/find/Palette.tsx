// The palette: a field, and beneath it what is called so, to be chosen with the arrow keys and Enter.
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { Dialog, Modal, ModalOverlay } from 'react-aria-components';
import { useLocation } from 'wouter';
import { Refusal } from '../api/client';
import type { Gateway } from '../api/types';
import { learnName, useNames } from '../history/names';
import { useText } from '../i18n/context';
import { fill, fold } from '../i18n/text';
import { useSession } from '../session/session';
import { Icon } from '../ui/icons';
import { RefusalNotice } from '../ui/window';
import { findGateways } from './gateways';
import { useItems, type Item, type Section } from './items';
import { recentGateways } from './recent';
import '../styles/palette.css';

const order: Section[] = ['recent', 'gateways', 'accounts', 'pages', 'acts'];
const mostGateways = 8;
const mostAccounts = 6;
// How long it waits for the next letter before the server is asked.
const letterMs = 150;

interface Props {
  // What was typed before this was here; asked once.
  takeEarly(): string;
  onClose(): void;
  onKeys(): void;
}

export function Part({ takeEarly, onClose, onKeys }: Props) {
  const t = useText();
  return (
    <ModalOverlay
      className="overlay"
      isOpen
      isDismissable
      onOpenChange={(open) => !open && onClose()}
    >
      <Modal className="modal palette">
        <Dialog className="palette-dialog" aria-label={t.find.open}>
          <Body takeEarly={takeEarly} onClose={onClose} onKeys={onKeys} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Body({ takeEarly, onClose, onKeys }: Props) {
  const t = useText();
  const list = useId();
  const [text, setText] = useState(takeEarly);
  const [place, setPlace] = useState(0);
  const { items, more, searching, refusal } = useFound(text, onKeys);
  const at = Math.min(place, items.length - 1);
  const chosen = items.at(at);
  const run = (item: Item) => {
    onClose();
    item.run();
  };
  const take = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && items.length > 0) setPlace((at + step + items.length) % items.length);
    // What was not found yet is not chosen: the answer may put another one there.
    else if (event.key === 'Enter' && chosen && !event.nativeEvent.isComposing) {
      if (!searching || chosen.section !== 'gateways') run(chosen);
    } else return;
    event.preventDefault();
  };
  return (
    <>
      <div className="palette-field">
        <Icon name="search" />
        <input
          className="palette-input"
          role="combobox"
          aria-expanded
          aria-controls={list}
          aria-activedescendant={chosen && `${list}-${at}`}
          aria-label={t.find.open}
          aria-autocomplete="list"
          placeholder={t.find.hint}
          autoComplete="off"
          spellCheck={false}
          autoFocus
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setPlace(0);
          }}
          onKeyDown={take}
        />
      </div>
      <RefusalNotice refusal={refusal} />
      <Options id={list} items={items} at={at} onChoose={run} />
      <p className="palette-foot hint" role="status">
        {searching
          ? t.find.searching
          : items.length === 0
            ? t.find.none
            : more && fill(t.find.more, { n: mostGateways })}
      </p>
    </>
  );
}

interface OptionsProps {
  id: string;
  items: Item[];
  at: number;
  onChoose(item: Item): void;
}

function Options({ id, items, at, onChoose }: OptionsProps) {
  const t = useText();
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    frame.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [at, items]);
  const sections = order.filter((section) => items.some((item) => item.section === section));
  return (
    <div ref={frame} id={id} role="listbox" aria-label={t.find.results} className="palette-list">
      {sections.map((section) => (
        <div key={section} role="group" aria-labelledby={`${id}-${section}`}>
          <div id={`${id}-${section}`} role="presentation" className="menu-header">
            {t.find.sections[section]}
          </div>
          {items.map((item, index) =>
            item.section === section ? (
              <div
                key={item.id}
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === at}
                className="palette-item"
                onClick={() => onChoose(item)}
              >
                <Icon name={item.icon} />
                <span className="palette-text">{item.text}</span>
                {item.hint && <span className="hint">{item.hint}</span>}
              </div>
            ) : null,
          )}
        </div>
      ))}
    </div>
  );
}

function useFound(text: string, onKeys: () => void) {
  const t = useText();
  const { operator } = useSession();
  const [, navigate] = useLocation();
  const nameOf = useNames();
  const [recents] = useState(() => recentGateways(operator.id));
  const others = useItems(onKeys);
  const { found, more, searching, refusal } = useServer(text.trim());
  const words = fold(text).split(/\s+/).filter(Boolean);
  const gateway = (id: string, name: string, section: Section, hint?: string): Item => ({
    id: `${section} ${id}`,
    section,
    text: name,
    hint,
    icon: 'grid',
    run: () => navigate(`/gateways/${id}`),
  });
  if (words.length === 0) {
    // One that was removed, or is no longer seen, has no name.
    const known = recents.flatMap((id) => {
      const name = nameOf(id);
      return name ? [gateway(id, name, 'recent')] : [];
    });
    const items = others.filter(({ section }) => section !== 'accounts');
    return { items: [...known, ...items], more, searching, refusal };
  }
  const fits = ({ text: said, hint }: Item) => {
    const whole = fold(`${said} ${hint ?? ''}`);
    return words.every((word) => whole.includes(word));
  };
  let accounts = 0;
  const fitting = others.filter(
    (item) => fits(item) && (item.section !== 'accounts' || accounts++ < mostAccounts),
  );
  const gateways = found.map(({ id, name, account, status }) =>
    gateway(id, name, 'gateways', `${account} · ${t.status[status]}`),
  );
  return { items: [...gateways, ...fitting], more, searching, refusal };
}

interface Answer {
  name: string;
  found: Gateway[];
  more: boolean;
  refusal: Refusal | null;
}

const nothing: Answer = { name: '', found: [], more: false, refusal: null };

function useServer(name: string) {
  const [answer, setAnswer] = useState(nothing);
  useEffect(() => {
    if (name === '') return;
    const gone = new AbortController();
    const timer = window.setTimeout(() => {
      findGateways(name, mostGateways, gone.signal).then(
        ({ gateways, next }) => {
          for (const each of gateways) learnName(each.id, each.name, each.sequence);
          if (!gone.signal.aborted)
            setAnswer({ name, found: gateways, more: next !== null, refusal: null });
        },
        (error: unknown) => {
          if (!(error instanceof Refusal)) throw error;
          if (!gone.signal.aborted) setAnswer({ ...nothing, name, refusal: error });
        },
      );
    }, letterMs);
    return () => {
      window.clearTimeout(timer);
      gone.abort();
    };
  }, [name]);
  if (name === '') return { ...nothing, searching: false };
  return { ...answer, searching: answer.name !== name };
}
