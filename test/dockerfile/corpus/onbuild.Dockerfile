FROM node:18-alpine
ONBUILD ARG NODE_ENV
ONBUILD COPY package.json /app/
ONBUILD COPY --from=busybox:1 /bin/busybox /bb
ONBUILD RUN npm install
CMD ["npm", "start"]
