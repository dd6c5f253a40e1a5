// Ce que la console dit en français des preuves : d’un événement, des derniers, et du registre.
import type * as en from './en_proof';

export const proof: typeof en.proof = {
  action: 'Preuve',
  of: 'Preuve de l’événement {n}',
  working: 'Lecture et calcul des empreintes…',
  waiting: 'Aucun point de contrôle ne couvre encore cet événement. En attente du prochain…',
  uncovered:
    'Aucun point de contrôle ne couvre encore l’événement {n}. Le registre en produit un par seconde environ tant qu’il peut écrire ; si cela dure, consultez son journal.',
  good: 'L’événement {n} est dans l’historique.',
  goodHow:
    'Votre navigateur a calculé lui-même l’empreinte des octets conservés et retrouvé la racine que le registre a signée.',
  unsigned:
    'L’événement {n} est dans l’arbre du point de contrôle. Ce navigateur ne peut pas en vérifier la signature (Ed25519) : utilisez la commande ci-dessous.',
  bad: 'Rien ne prouve que l’événement {n} est dans l’historique.',
  badAdvice:
    'Ne vous y fiez pas. Conservez la preuve et l’entrée, cherchez ce qui se trouve entre vous et le registre, puis saisissez sur la machine du registre :',
  badCommand: 'latchkey verify --data DIR',
  why: {
    key: 'Clé : la clé de vérification que donne le serveur n’en est pas une.',
    checkpoint: 'Point de contrôle : ce que le serveur envoie n’en est pas un.',
    origin: 'Point de contrôle : il est d’un autre registre.',
    signature: 'Signature : le point de contrôle n’est pas signé par la clé de ce registre.',
    root: 'Racine : les empreintes de l’arbre ne mènent pas à la racine signée.',
    tile: 'Arbre : les empreintes des événements {from} à {to} ne mènent pas à la racine signée.',
    leaf: 'Feuille : les octets conservés de l’événement {from} ne sont pas ceux de l’arbre.',
    bundle:
      'Entrées : ce que le serveur envoie pour les événements {from} à {to} n’en a pas le nombre.',
  },
  event: 'Événement',
  history: 'Historique',
  root: 'Racine',
  origin: 'Origine',
  checkpoint: 'Point de contrôle',
  signature: 'Signature',
  signed: 'valable',
  notChecked: 'non vérifiée',
  offline: 'Vérifier sans ce serveur',
  offlineHint:
    'Prenez la clé de vérification là où vous l’avez conservée : un serveur qui ment en donnerait une autre.',
  downloadProof: 'Télécharger la preuve',
  downloadEntry: 'Télécharger l’entrée',
  ledger: {
    title: 'Preuve',
    lead: 'Ce que le registre a signé de lui-même. Conservez la clé de vérification ailleurs : avec elle, chacun peut vérifier une preuve.',
    epoch: 'Époque',
    version: 'Version du serveur',
    ca: 'Autorité de certification',
    caUntil: '{sha256}, valable jusqu’au {time}',
    run: '{events}, {time}',
    noCheckpoint: 'aucun encore',
    witnesses: 'Témoins',
    witnessed: '{name} : {events}, {time}',
    notWitnessed: '{name} : rien encore',
    noWitness:
      'Aucun témoin ne cosigne ce registre. Avec --witness, ou avec --checkpoint-file sur un autre disque, une copie ancienne du registre ne passe pas inaperçue.',
    copyElsewhere:
      'Un second point de contrôle est conservé hors du répertoire du registre : une copie ancienne du registre ne passe pas inaperçue.',
    vkey: 'Clé de vérification',
    copyVkey: 'Copier la clé',
    download: 'Télécharger le point de contrôle',
  },
  verify: {
    title: 'Vérifier les derniers événements',
    lead: 'Votre navigateur lit les octets conservés et les empreintes, et recalcule l’arbre jusqu’à la racine signée.',
    count: 'Combien',
    start: 'Vérifier',
    progress: '{done} sur {total}',
    cancelled: 'Annulé. Jusque-là, tout est correct : {events}.',
    good: 'Tout est correct : {events}, de {from} à {to}, dans l’historique tel qu’il a été signé.',
    unsigned:
      'L’arbre est correct : {events}, de {from} à {to}, y figurent. Ce navigateur ne peut pas vérifier la signature du point de contrôle (Ed25519).',
    of: '{size}, racine {root}',
    bad: 'L’historique n’est pas prouvé.',
    badEvent: 'L’historique n’est pas prouvé : l’événement {n} est le premier incorrect.',
    badAdvice:
      'Ne vous y fiez pas. Cherchez ce qui se trouve entre vous et le registre, puis saisissez sur la machine du registre :',
    none: 'Il n’y a pas encore de point de contrôle de ce registre.',
  },
};
