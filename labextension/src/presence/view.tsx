import * as React from 'react';

import { AskingButton } from '../chat/asking';
import { useChat, useVersion } from '../chat/context';
import { name } from '../chat/safe_text';
import { Acquaintance, CHOICES, Condition, PresenceChoice } from '../people';
import { choiceWord, conditionWords, showWord } from './words';

/** So many people are shown before one must search. */
const MOST_SHOWN = 100;
const SETTLED_MS = 300;
const AGAIN_MS = 30_000;

/** A dot that says how somebody is there. */
export function Dot({ condition }: { condition: Condition }): React.JSX.Element {
  const { trans } = useChat();
  return (
    <span
      className="xb-Presence"
      data-show={condition.show}
      role="img"
      aria-label={showWord(condition.show, trans)}
    />
  );
}

/** Who is online, and how oneself wants to be seen. */
export function PeopleOnHub(): React.JSX.Element {
  const { model, trans } = useChat();
  const { people } = model;
  useVersion(people);
  const [words, setWords] = React.useState('');
  const [chosen, setChosen] = React.useState<string | null>(null);
  const farther = useFarther(words);
  const found = people.find(words, model.me?.username ?? null, farther);
  return (
    <section className="xb-People" aria-label={trans.__('People')}>
      <h2>{trans.__('People')}</h2>
      <SeenAs />
      <input
        type="search"
        aria-label={trans.__('Search for people')}
        placeholder={trans.__('Search for people')}
        value={words}
        onChange={event => setWords(event.target.value)}
      />
      <ul>
        {found.slice(0, MOST_SHOWN).map(person => (
          <li key={person.username}>
            <button
              type="button"
              className="xb-Person"
              aria-expanded={chosen === person.username}
              onClick={() => setChosen(chosen === person.username ? null : person.username)}
            >
              <Dot condition={person} /> <bdi>{name(person.displayName)}</bdi>{' '}
              <small>{conditionWords(person, trans)}</small>
            </button>
            {chosen === person.username && <Card person={person} />}
          </li>
        ))}
      </ul>
      {found.length > MOST_SHOWN && (
        <p className="xb-Note">{trans.__('%1 more: search for them', found.length - MOST_SHOWN)}</p>
      )}
    </section>
  );
}

/** People with whom one shares no room, as the service tells whoever asks; asked again now and then. */
function useFarther(words: string): readonly Acquaintance[] {
  const { model, presence } = useChat();
  const [farther, setFarther] = React.useState<readonly Acquaintance[]>([]);
  const connected = model.status === 'connected';
  React.useEffect(() => {
    if (!connected) {
      return undefined;
    }
    let wanted = true;
    const ask = () =>
      void presence.find(words.trim()).then(
        found => wanted && setFarther(found),
        () => wanted && setFarther([])
      );
    const soon = window.setTimeout(ask, SETTLED_MS);
    const again = window.setInterval(ask, AGAIN_MS);
    return () => {
      wanted = false;
      window.clearTimeout(soon);
      window.clearInterval(again);
    };
  }, [presence, words, connected]);
  return farther;
}

/** How the person wants to be seen. */
function SeenAs(): React.ReactNode {
  const { model, presence, trans } = useChat();
  const [trouble, setTrouble] = React.useState<string | null>(null);
  const { choice } = model.people;
  if (choice === null) {
    return null;
  }
  const choose = (wanted: PresenceChoice) => {
    setTrouble(null);
    presence.choose(wanted).catch(() => setTrouble(trans.__('no connection')));
  };
  return (
    <>
      <select
        aria-label={trans.__('How others see me')}
        value={choice}
        onChange={event => choose(event.target.value as PresenceChoice)}
      >
        {CHOICES.map(each => (
          <option key={each} value={each}>
            {choiceWord(each, trans)}
          </option>
        ))}
      </select>
      {trouble !== null && <p role="alert">{trans.__('That did not work: %1', trouble)}</p>}
    </>
  );
}

/** What one shares with somebody, and what one can do about it. */
function Card({ person }: { person: Acquaintance }): React.JSX.Element {
  const { model, trans, addMember } = useChat();
  const rooms = model.rooms.filter(({ id, info }) => !info.direct && person.rooms.includes(id));
  const mine = model.rooms.filter(
    ({ id, info }) => info.role === 'owner' && !info.direct && !person.rooms.includes(id)
  );
  return (
    <div className="xb-PersonCard" role="group" aria-label={name(person.displayName)}>
      <p>
        <small>{person.username}</small>
      </p>
      {rooms.length > 0 && (
        <p>
          {trans.__('Rooms in common:')}{' '}
          {rooms.map(room => (
            <button
              key={room.id}
              type="button"
              className="xb-Link"
              onClick={() => void model.open(room)}
            >
              {name(room.displayName)}
            </button>
          ))}
        </p>
      )}
      {model.features.has('direct') && (
        <button
          type="button"
          className="xb-Link"
          onClick={() => void model.writeTo(person.username)}
        >
          {trans.__('Write a message')}
        </button>
      )}
      {mine.length > 0 && (
        <AskingButton
          title={trans.__('Invite')}
          label={trans.__(
            'Into which of your rooms? %1',
            mine.map(each => each.displayName).join(', ')
          )}
          action={trans.__('Invite')}
          onAnswer={async wanted => {
            const room = mine.find(each => each.displayName === wanted);
            if (room !== undefined) {
              await addMember(room.id, person.username);
            }
          }}
        />
      )}
      <Where person={person} />
    </div>
  );
}

/** Where somebody works, and the way there. */
export function Where({ person }: { person: Acquaintance }): React.ReactNode {
  const { model, presence, trans } = useChat();
  const { at } = person;
  if (at === null) {
    return null;
  }
  const document = model.rooms
    .flatMap(({ info }) => info.documents)
    .find(({ id }) => id === at.document);
  const where = document === undefined ? trans.__('a document') : name(document.name);
  return (
    <button type="button" className="xb-Link xb-Where" onClick={() => presence.goTo(at)}>
      {at.number > 0 ? trans.__('in %1, cell %2', where, at.number) : trans.__('in %1', where)}
    </button>
  );
}
