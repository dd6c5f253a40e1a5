// Ce que la console dit en français du chemin d’une clé jusqu’au point vert, et du certificat.
import type * as en from './en_path';

export const path: typeof en.path = {
  copyTitle: 'Copier la clé',
  runTitle: 'Exécuter ceci sur la machine de la passerelle',
  watchTitle: 'Suivre',
  ways: 'Manière d’installer',
  recipe: {
    linux: 'Linux',
    systemd: 'systemd',
    docker: 'Docker',
    cloud: 'cloud-init',
    curl: 'curl et openssl',
    est: 'EST',
  },
  recipeHint: {
    linux: 'La commande demande la clé. Elle vérifie d’abord ce serveur par l’empreinte.',
    systemd:
      'En tant que root, là où le paquet latchkey est installé. L’agent garde ensuite le point vert.',
    docker:
      'Dans un dossier où se trouve le paquet latchkey (./dev package). L’agent garde ensuite le point vert.',
    cloud: 'Données utilisateur qui contiennent la clé. L’image comprend le paquet latchkey.',
    curl: 'Il faut bash, curl 7.82, openssl et jq. La clé est demandée, jamais affichée.',
    est: 'RFC 7030, avec bash, curl 7.82 et openssl. La clé est demandée, jamais affichée.',
  },
  file: 'Enregistrer dans un fichier',
  qr: 'QR code',
  qrOf: 'QR code de la clé n° {n} de {name}',
  note: 'Note pour l’installateur',
  print: 'Imprimer',
  noteSubject: 'Enregistrement de {name}',
  noteLines: [
    'La passerelle {name} (compte {account}) doit être enregistrée dans Latchkey.',
    'Sa clé d’enregistrement n° {n} sert une seule fois, jusqu’au {until}. {who} vous la remet séparément.',
    'Serveur : {url}',
    'Sur la machine de la passerelle, exécutez :',
    'La commande demande la clé. La passerelle dans la console : {link}',
  ],
  noteNoKey: 'La note ne contient jamais la clé.',
  copyNote: 'Copier la note',
  mail: 'Écrire un courriel',
  account: 'Compte {account}',
  server: 'Serveur {url}',
  until: 'Valable jusqu’au {time}',
  steps: { issued: 'Émise', redeemed: 'Utilisée', green: 'Point vert' },
  byHost: 'par {host}',
  greenTitle: '{name} est connectée',
  greenOn: 'sur {host}',
  greenVersion: 'version {version}',
  stays:
    'Le point reste vert tant que les signes de vie arrivent à temps. Si le logiciel de la passerelle ne les envoie pas lui-même, laissez tourner ceci sur sa machine :',
  toGateway: 'Ouvrir sa page',
  redeemedTitle: 'La clé a été utilisée sur {host}',
  redeemedHint:
    'Elle a servi. Le premier signe de vie, attendu jusqu’à {time}, rendra le point vert.',
  slow: 'Rien n’est venu depuis un moment. À vérifier :',
  checks: [
    'La machine joint-elle {host} ? Un pare-feu intermédiaire doit laisser passer ce port.',
    'Son horloge est-elle juste ? Avec des heures d’écart, les certificats sont refusés.',
    'Un proxy s’interpose-t-il ? La liaison doit arriver telle quelle à ce serveur, sans que TLS soit ouvert.',
    'La clé a-t-elle été saisie en entier ? Elle a neuf groupes, dont LK1 ; mieux vaut la copier.',
  ],
  validity: {
    other: 'Une autre durée',
    amount: 'Durée',
    unit: 'Unité',
    units: { minutes: 'Minutes', hours: 'Heures', days: 'Jours' },
    limits: 'Un nombre entier ; un an au plus en tout',
  },
  generating: 'Génération d’une nouvelle clé…',
  output: 'Ce que l’installateur a signalé',
  life: {
    label: 'Vie du certificat',
    issued: 'émis le {time}',
    renew: 'à renouveler dès le {time}',
    ends: 'expire le {time}',
  },
};

export const first: typeof en.first = {
  title: 'Bienvenue',
  lead: 'Trois étapes mènent d’un registre vide à une passerelle au point vert.',
  steps: ['Créer un compte', 'Ajouter une passerelle', 'L’enregistrer avec sa clé'],
  accountHint: 'Un compte est un locataire : un client, un site, une équipe.',
  gatewayHint: 'Une passerelle est une installation. L’ajouter émet sa clé d’enregistrement.',
  registerHint:
    'La personne qui installe la passerelle saisit la clé, une seule fois. Le premier signe de vie rend le point vert.',
  nothing:
    'Il n’y a encore aucun compte que vous puissiez voir. Demandez à un propriétaire d’en créer un.',
  step: 'Étape {n} sur 3',
  greenTitle: 'Le point est vert',
  green:
    'Il le reste tant que {name} donne signe de vie à l’intervalle que le serveur lui indique. Après deux intervalles et demi de silence, il devient rouge.',
};
