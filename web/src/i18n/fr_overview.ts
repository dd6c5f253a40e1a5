// Ce que la console dit en français là où il y en a beaucoup. Les mots sont fixés dans docs/glossary.md.
import type { Messages } from './en';

const number = (n: number) => n.toLocaleString('fr');
const plural = (n: number, one: string, many: string) => `${number(n)} ${n < 2 ? one : many}`;

export const overview: Messages['overview'] = {
  title: 'Vue d’ensemble',
  accounts: (n) => plural(n, 'compte', 'comptes'),
  allAccounts: 'Tous les comptes',
  allGateways: 'Toutes les passerelles',
  allOf: 'Passerelles de tous les comptes',
  search: 'Chercher des comptes',
  searchHint: 'Nom du compte',
  attention: 'À surveiller',
  attentionIn: 'À surveiller dans {account} : {n}',
  last: 'Dernière activité',
  nothingYet: 'aucune',
  none: 'Aucun compte ne correspond.',
};

export const list: Messages['list'] = {
  status: 'État',
  view: 'Présentation',
  views: { tiles: 'Tuiles', table: 'Tableau' },
  sortBy: 'Trier par {column}',
  keyUntil: 'jusqu’au {time}',
  noKey: 'aucune',
  why: {
    failed: 'installation échouée',
    certificate: 'certificat en fin de vie',
    attempt: 'tentative refusée',
    restored: 'pas encore validée',
  },
  showAll: 'Tout afficher',
  keys: 'Les flèches déplacent, Entrée ouvre, Espace sélectionne.',
};

export const labels: Messages['labels'] = {
  title: 'Étiquettes',
  of: 'Étiquettes de {name}',
  only: 'Seulement {label}',
  without: 'Ne plus se limiter à {label}',
  none: 'Aucune passerelle n’a encore d’étiquette.',
  action: 'Étiquettes et note',
  windowTitle: 'Étiquettes et note de {name}',
  key: 'Clé',
  value: 'Valeur',
  keyOf: 'Clé de l’étiquette {n}',
  valueOf: 'Valeur de l’étiquette {n}',
  badKey: 'Ce n’est pas une clé : minuscules, chiffres, points, tirets et tirets bas, 63 au plus.',
  twice: 'Cette clé figure deux fois.',
  add: 'Ajouter une étiquette',
  remove: 'Supprimer l’étiquette {n}',
  note: 'Note',
  save: 'Enregistrer',
};

export const many: Messages['many'] = {
  select: 'Sélectionner {name}',
  selectAll: 'Tout sélectionner',
  selected: (n) => plural(n, 'sélectionnée', 'sélectionnées'),
  actions: 'Pour la sélection',
  unselect: 'Désélectionner',
  generate: 'Générer des clés',
  revoke: 'Révoquer les clés',
  remove: 'Supprimer',
  addAction: 'Ajouter plusieurs',
  addTitle: 'Ajouter plusieurs passerelles',
  addLead:
    'Un nom par ligne, ou un CSV dont la première ligne nomme les colonnes : name, primary (un nom), labels (site:Lyon; floor:2).',
  text: 'Noms ou CSV',
  file: 'Ouvrir un fichier',
  preview: 'Ce qui sera ajouté',
  line: 'Ligne',
  primary: 'Principale',
  addButton: (n) => `Ajouter ${plural(n, 'passerelle', 'passerelles')}`,
  leftOut: (n) =>
    plural(
      n,
      'ligne est laissée de côté, pour la raison indiquée.',
      'lignes sont laissées de côté, pour les raisons indiquées.',
    ),
  tooMany: 'Pas plus de {n} lignes à la fois ; les autres sont laissées de côté.',
  problem: {
    noName: 'Aucun nom',
    longName: 'Le nom dépasse 100 caractères',
    twice: 'Ce nom figure deux fois dans la liste',
    taken: 'Une passerelle porte déjà ce nom',
    noPrimary: 'Aucune passerelle ne s’appelle {name}',
    notPrimary: '{name} est elle-même une secondaire',
    full: '{name} a cinq secondaires, le maximum',
    label: 'Ce n’est pas une étiquette : {label}',
  },
  removeTitle: 'Supprimer des passerelles',
  submits: {
    generate: (n) => `Générer ${plural(n, 'clé', 'clés')}`,
    revoke: (n) => `Révoquer ${plural(n, 'clé', 'clés')}`,
    remove: (n) => `Supprimer ${plural(n, 'passerelle', 'passerelles')}`,
  },
  ends: {
    keys: (n) =>
      plural(
        n,
        'clé active cesse aussitôt de fonctionner.',
        'clés actives cessent aussitôt de fonctionner.',
      ),
    pending: (n) =>
      plural(
        n,
        'installation en cours est abandonnée.',
        'installations en cours sont abandonnées.',
      ),
    registered: (n) =>
      plural(
        n,
        'enregistrement prend fin : la passerelle est refusée dès cet instant.',
        'enregistrements prennent fin : ces passerelles sont refusées dès cet instant.',
      ),
    gone: 'Les passerelles disparaissent de leurs comptes ; leur historique reste. C’est irréversible.',
    nothing: 'Cela ne met fin à rien.',
  },
  replaceToo: (n) =>
    n < 2
      ? `Remplacer aussi la machine de ${number(n)} passerelle enregistrée. Elle fonctionne jusqu’au premier signe de vie de la nouvelle.`
      : `Remplacer aussi les machines de ${number(n)} passerelles enregistrées. Chacune fonctionne jusqu’au premier signe de vie de la nouvelle.`,
  without: {
    registered: (n) =>
      plural(
        n,
        'passerelle enregistrée ne reçoit pas de clé.',
        'passerelles enregistrées ne reçoivent pas de clé.',
      ),
    noKey: (n) =>
      plural(
        n,
        'passerelle n’a pas de clé active et reste telle quelle.',
        'passerelles n’ont pas de clé active et restent telles quelles.',
      ),
    hasSecondaries: (n) =>
      plural(
        n,
        'passerelle a des secondaires non sélectionnées et reste.',
        'passerelles ont des secondaires non sélectionnées et restent.',
      ),
  },
  nothingToDo: 'Il n’y a rien à faire pour la sélection.',
  typeCount: 'Pour confirmer, saisissez le nombre : {n}',
  progress: '{done} sur {all}',
  done: 'Fait',
  waits: 'En attente',
  failed: (n) => plural(n, 'échec', 'échecs'),
  allDone: 'Tout est fait.',
  retry: 'Réessayer les échecs',
  needed: 'Ce dont elle dépend n’a pas été fait.',
  stop: 'Arrêter',
  stopped: 'Arrêté avant la fin.',
  keysCsv: 'Télécharger le CSV avec les clés',
  keysLead:
    'Chaque clé sert une seule fois, pour sa passerelle seulement. Leur affichage ici est consigné. Gardez le fichier comme vous garderiez les clés.',
  outcomes: 'Résultat',
};
